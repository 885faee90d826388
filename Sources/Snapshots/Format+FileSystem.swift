import FileSystem
import Format

// The format says what is stored and the file system what the kernel tells; neither knows the other, so what both have a
// type for is converted here.

extension Format.FileType {
  /// Nil for what no file system entry is.
  init?(_ type: FileSystem.FileType) {
    switch type {
    case .regular: self = .file
    case .directory: self = .directory
    case .symbolicLink: self = .symbolicLink
    case .fifo: self = .fifo
    case .characterDevice: self = .characterDevice
    case .blockDevice: self = .blockDevice
    case .socket: self = .socket
    case .unknown: return nil
    }
  }
}

extension FileSystem.Timestamp {
  init(_ time: Format.Timestamp) { self.init(seconds: time.seconds, nanoseconds: time.nanoseconds) }
}

extension Format.Timestamp {
  init(_ time: FileSystem.Timestamp) { self.init(seconds: time.seconds, nanoseconds: time.nanoseconds) }
}
