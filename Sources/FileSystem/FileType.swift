import Glibc

/// What kind of object a directory entry leads to.
public enum FileType: UInt8, Sendable {
  /// A regular file.
  case regular
  /// A directory.
  case directory
  /// A symbolic link.
  case symbolicLink
  /// A named pipe.
  case fifo
  /// A character device.
  case characterDevice
  /// A block device.
  case blockDevice
  /// A Unix domain socket.
  case socket
  /// Not told, as by file systems that list names without types; or something newer than this list.
  case unknown

  /// The type in the mode field of a status.
  @inline(__always)
  init(mode: UInt32) {
    self =
      switch mode & S_IFMT {
      case S_IFREG: .regular
      case S_IFDIR: .directory
      case S_IFLNK: .symbolicLink
      case S_IFIFO: .fifo
      case S_IFCHR: .characterDevice
      case S_IFBLK: .blockDevice
      case S_IFSOCK: .socket
      default: .unknown
      }
  }

  /// The type in a listing: the type bits of the mode, shifted down by 12.
  @inline(__always)
  init(listed value: UInt8) {
    self.init(mode: UInt32(value) << 12)
  }
}

extension FileType: CustomStringConvertible {
  /// The type in words.
  public var description: String {
    switch self {
    case .regular: "regular file"
    case .directory: "directory"
    case .symbolicLink: "symbolic link"
    case .fifo: "named pipe"
    case .characterDevice: "character device"
    case .blockDevice: "block device"
    case .socket: "socket"
    case .unknown: "object of unknown type"
    }
  }
}
