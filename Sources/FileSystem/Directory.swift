import CLinux
import Glibc

/// A directory held open. Names are looked up in the directory itself, wherever its path may lead by then.
///
/// Threads may share it; the descriptor is closed with the last reference. Only listing it takes turns: see
/// `DirectoryReader`.
public final class Directory: OpenObject {
  private let descriptor: Descriptor

  /// The path it was opened by. For messages only: the directory may have been renamed since.
  public let path: PathBytes

  /// The descriptor, valid while the object lives.
  public var rawDescriptor: Int32 { descriptor.rawValue }

  init(_ descriptor: consuming Descriptor, path: PathBytes) {
    self.descriptor = descriptor
    self.path = path
  }

  /// Opens the directory at `path`, following symbolic links as the kernel does.
  public convenience init(at path: PathBytes) throws(FileSystemError) {
    let result = path.withCString { Self.openPreservingAccessTime(AT_FDCWD, $0, O_RDONLY | O_DIRECTORY) }
    try SystemCall.check(result, "open", path)
    self.init(Descriptor(adopting: result), path: path)
  }

  /// Opens the directory called `name` in this one; a symbolic link is refused.
  public func openDirectory(_ name: FileName) throws(FileSystemError) -> Directory {
    let result = name.withCString {
      Self.openPreservingAccessTime(rawDescriptor, $0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    }
    let path = path.appending(name)
    try SystemCall.check(result, "openat", path)
    return Directory(Descriptor(adopting: result), path: path)
  }

  /// Opens this very directory once more, wherever it is by now: the new object has a listing position of its own.
  public func reopened() throws(FileSystemError) -> Directory {
    let result = Self.openPreservingAccessTime(rawDescriptor, ".", O_RDONLY | O_DIRECTORY)
    try SystemCall.check(result, "openat", path)
    return Directory(Descriptor(adopting: result), path: path)
  }

  /// Opens the directory that this one is in by now.
  func openParent() throws(FileSystemError) -> Directory {
    let result = Self.openPreservingAccessTime(rawDescriptor, "..", O_RDONLY | O_DIRECTORY)
    try SystemCall.check(result, "openat", path)
    // What stands before the last name; for messages it need not be more.
    let above = path.bytes.lastIndex(of: UInt8(ascii: "/")).flatMap { PathBytes(path.bytes[..<$0]) }
    return Directory(Descriptor(adopting: result), path: above ?? path)
  }

  /// What the kernel knows about the entry called `name`, itself where it is a symbolic link.
  @inline(__always)
  public func status(of name: FileName) throws(FileSystemError) -> FileStatus {
    try FileStatus(of: name, in: descriptor.rawValue, location: .entry(name, in: path))
  }

  /// Throws the error of a failed call on the entry called `name`, or returns its result.
  @inline(__always)
  @discardableResult
  func check<Number: SignedInteger>(
    _ result: Number, _ operation: StaticString, _ name: FileName
  ) throws(FileSystemError) -> Number {
    guard result >= 0 else { throw FileSystemError(Int32(-result), operation, path.appending(name)) }
    return result
  }

  /// Opens without letting that count as an access, where the kernel allows it: for the owner and for root.
  static func openPreservingAccessTime(_ directory: Int32, _ path: UnsafePointer<CChar>, _ flags: Int32) -> Int32 {
    let flags = flags | O_CLOEXEC
    let result = SystemCall.openat(directory, path, flags | __O_NOATIME)
    return result == -EPERM ? SystemCall.openat(directory, path, flags) : result
  }
}
