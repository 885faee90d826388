import CLinux
import Glibc

/// Opening by a path of several names that must not lead out of this directory.
///
/// The kernel does the walk: no symbolic link is followed anywhere on the way, `..` can't climb above this directory, and
/// renames made meanwhile can't trick it. A link throws `.loop`, a way out `.escapesRoot`. Needs Linux 5.6.
extension Directory {
  /// Opens the directory at `path`, relative to this one.
  public func openDirectory(beneath path: PathBytes) throws(FileSystemError) -> Directory {
    let descriptor = try open(beneath: path, O_RDONLY | O_DIRECTORY)
    return Directory(descriptor, path: joined(path))
  }

  /// Opens the regular file at `path`, relative to this directory. Everything else is refused without waiting.
  public func openFile(beneath path: PathBytes, for access: FileAccess = .read) throws(FileSystemError) -> File {
    let mode = access == .read ? O_RDONLY : O_RDWR
    let descriptor = try open(beneath: path, mode | O_NONBLOCK | O_NOCTTY)
    return try File(descriptor, location: .path(joined(path)))
  }

  private func open(beneath path: PathBytes, _ flags: Int32) throws(FileSystemError) -> Descriptor {
    let resolve = UInt64(RESOLVE_BENEATH) | UInt64(RESOLVE_NO_SYMLINKS) | UInt64(RESOLVE_NO_MAGICLINKS)
    let result = path.withCString { path in
      Self.retryingRaces { SystemCall.openat2(rawDescriptor, path, flags | O_CLOEXEC, 0, resolve) }
    }
    if result == -EXDEV { throw FileSystemError(EXDEV, "openat2", joined(path), as: .escapesRoot) }
    try SystemCall.check(result, "openat2", joined(path))
    return Descriptor(adopting: result)
  }

  /// The kernel answers EAGAIN when a rename anywhere made a `..` on the way doubtful. Someone who renames all the time must
  /// not hold us up for ever.
  private static func retryingRaces(_ call: () -> Int32) -> Int32 {
    for _ in 0..<128 {
      let result = call()
      if result != -EAGAIN { return result }
    }
    return -EAGAIN
  }

  /// For messages: both paths, one behind the other.
  private func joined(_ relative: PathBytes) -> PathBytes {
    PathBytes(terminated: Array(path.bytes) + [UInt8(ascii: "/")] + relative.terminated)
  }
}
