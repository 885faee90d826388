import CLinux
import Glibc

/// Making new entries. All of these throw `.exists` if the name is taken, and modes are subject to the umask.
extension Directory {
  /// Makes an empty directory at `path`, whose parent must exist.
  public static func create(at path: PathBytes, mode: UInt32 = 0o777) throws(FileSystemError) {
    try SystemCall.check(path.withCString { SystemCall.mkdirat(AT_FDCWD, $0, mode) }, "mkdir", path)
  }

  /// Makes an empty directory.
  public func createDirectory(_ name: FileName, mode: UInt32 = 0o777) throws(FileSystemError) {
    try check(name.withCString { SystemCall.mkdirat(rawDescriptor, $0, mode) }, "mkdirat", name)
  }

  /// Makes an empty regular file, open for reading and writing.
  public func createFile(_ name: FileName, mode: UInt32 = 0o666) throws(FileSystemError) -> File {
    let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
    let result = name.withCString { SystemCall.openat(rawDescriptor, $0, flags, mode) }
    try check(result, "openat", name)
    return try File(Descriptor(adopting: result), location: .entry(name, in: path))
  }

  /// Gives the object called `source` in `directory` another name here; a symbolic link itself gets the name.
  public func link(_ source: FileName, in directory: Directory, as name: FileName) throws(FileSystemError) {
    let result = source.withCString { source in
      name.withCString { SystemCall.linkat(directory.rawDescriptor, source, rawDescriptor, $0, 0) }
    }
    try check(result, "linkat", name)
  }

  /// Makes a symbolic link to `target`, which need not exist.
  public func createSymbolicLink(_ name: FileName, to target: PathBytes) throws(FileSystemError) {
    let result = target.withCString { target in
      name.withCString { SystemCall.symlinkat(target, rawDescriptor, $0) }
    }
    try check(result, "symlinkat", name)
  }

  /// Makes a named pipe.
  public func createFIFO(_ name: FileName, mode: UInt32 = 0o666) throws(FileSystemError) {
    try createNode(name, S_IFIFO | mode, DeviceNumber(major: 0, minor: 0))
  }

  /// Makes the name of a Unix domain socket that nobody listens on.
  public func createSocket(_ name: FileName, mode: UInt32 = 0o777) throws(FileSystemError) {
    try createNode(name, S_IFSOCK | mode, DeviceNumber(major: 0, minor: 0))
  }

  /// Makes the node of a character device. Needs root.
  public func createCharacterDevice(
    _ name: FileName, _ device: DeviceNumber, mode: UInt32 = 0o600
  ) throws(FileSystemError) {
    try createNode(name, S_IFCHR | mode, device)
  }

  /// Makes the node of a block device. Needs root.
  public func createBlockDevice(
    _ name: FileName, _ device: DeviceNumber, mode: UInt32 = 0o600
  ) throws(FileSystemError) {
    try createNode(name, S_IFBLK | mode, device)
  }

  private func createNode(_ name: FileName, _ mode: UInt32, _ device: DeviceNumber) throws(FileSystemError) {
    let result = name.withCString { SystemCall.mknodat(rawDescriptor, $0, mode, dev_t(device.kernelValue)) }
    try check(result, "mknodat", name)
  }
}
