import CLinux
import Glibc

/// Renaming, removing and following entries.
extension Directory {
  /// Renames an entry, in one step, and throws `.exists` if `newName` is taken.
  ///
  /// Throws `.invalidArgument` or `.notSupported` where the file system can't rename without replacing.
  public func renameWithoutReplacing(
    _ name: FileName, to newName: FileName, in target: Directory? = nil
  ) throws(FileSystemError) {
    let target = target ?? self
    let result = name.withCString { name in
      newName.withCString {
        SystemCall.renameat2(rawDescriptor, name, target.rawDescriptor, $0, UInt32(CLINUX_RENAME_NOREPLACE))
      }
    }
    try check(result, "renameat2", name)
  }

  /// Renames an entry, in one step; whatever is called `newName` is gone then.
  public func rename(_ name: FileName, to newName: FileName, in target: Directory) throws(FileSystemError) {
    let result = name.withCString { name in
      newName.withCString { SystemCall.renameat2(rawDescriptor, name, target.rawDescriptor, $0, 0) }
    }
    try check(result, "renameat2", name)
  }

  /// Gives two entries each other's names, in one step; both must be there.
  ///
  /// Throws `.invalidArgument` or `.notSupported` where the file system can't do that.
  public func exchange(_ name: FileName, with other: FileName, in target: Directory) throws(FileSystemError) {
    let result = name.withCString { name in
      other.withCString {
        SystemCall.renameat2(rawDescriptor, name, target.rawDescriptor, $0, UInt32(CLINUX_RENAME_EXCHANGE))
      }
    }
    try check(result, "renameat2", name)
  }

  /// Removes a name of anything but a directory.
  public func removeFile(_ name: FileName) throws(FileSystemError) {
    try check(name.withCString { SystemCall.unlinkat(rawDescriptor, $0, 0) }, "unlinkat", name)
  }

  /// Removes an empty directory.
  public func removeDirectory(_ name: FileName) throws(FileSystemError) {
    try check(name.withCString { SystemCall.unlinkat(rawDescriptor, $0, AT_REMOVEDIR) }, "unlinkat", name)
  }

  /// What the symbolic link called `name` says, whole.
  public func symbolicLinkTarget(_ name: FileName) throws(FileSystemError) -> PathBytes {
    // Most targets are short. A buffer that is filled to the end may have cut the target.
    var capacity = 256
    while true {
      var length = 0
      let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
        length = name.withCString { SystemCall.readlinkat(rawDescriptor, $0, buffer) }
        count = max(0, length)
      }
      try check(length, "readlinkat", name)
      if length < capacity {
        guard let target = PathBytes(bytes) else {
          throw FileSystemError(.inputOutput, "readlinkat", path.appending(name), reason: "the target contains a NUL")
        }
        return target
      }
      capacity *= 4
    }
  }
}
