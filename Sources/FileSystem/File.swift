import Glibc

/// A regular file held open. It is closed when it goes away; `close()` also reports errors.
///
/// Reading and writing at an offset may be done by several threads at once.
public struct File: ~Copyable, RandomAccess {
  private let descriptor: Descriptor
  private let location: Location

  /// What the kernel knew about the file when it was opened.
  public let statusAtOpen: FileStatus

  /// The descriptor, valid while the object lives.
  public var rawDescriptor: Int32 { descriptor.rawValue }

  /// The path it was opened by. For messages only: the file may have been renamed since.
  public var path: PathBytes { location.path }

  /// Takes over `descriptor`, and refuses it if it isn't a regular file's.
  ///
  /// Files are opened non-blocking, so a named pipe put in a file's place can't hold anyone up before this check. On
  /// regular files that flag means nothing.
  @inline(__always)
  init(_ descriptor: consuming Descriptor, location: Location) throws(FileSystemError) {
    let status = try FileStatus(of: descriptor.rawValue, location: location)
    guard status.type == .regular else {
      throw FileSystemError(.wrongType, "open", location.path, reason: "is a \(status.type), not a regular file")
    }
    self.descriptor = descriptor
    self.location = location
    statusAtOpen = status
  }

  /// Closes the file and reports what the kernel says: on some file systems, that earlier writes failed.
  ///
  /// The file is closed in either case. `.interrupted` leaves open whether a file system that writes at closing has done
  /// so; what was synchronized before is safe.
  public consuming func close() throws(FileSystemError) {
    let result = SystemCall.close(descriptor.release())
    guard result >= 0 else { throw FileSystemError(-result, "close", location.path) }
  }
}

extension Directory {
  /// How an existing file is opened.
  public enum FileAccess: Sendable {
    /// For reading, without that counting as an access where the kernel allows it.
    case read
    /// For reading and writing.
    case readWrite
  }

  /// Opens the regular file called `name`. A symbolic link is refused, and so is, without waiting, everything else.
  @inline(__always)
  public func openFile(_ name: FileName, for access: FileAccess = .read) throws(FileSystemError) -> File {
    let flags = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
    let result = name.withCString { name in
      switch access {
      case .read: Self.openPreservingAccessTime(rawDescriptor, name, flags | O_RDONLY)
      case .readWrite: SystemCall.openat(rawDescriptor, name, flags | O_RDWR | O_CLOEXEC)
      }
    }
    try check(result, "openat", name)
    return try File(Descriptor(adopting: result), location: .entry(name, in: path))
  }
}
