import Glibc
import Synchronization

/// Standard output or error, buffered. All of a command's threads may write; what one call writes stays together.
final class TextOutput: Sendable {
  private static let limit = 32 << 10
  private let descriptor: CInt
  private let buffer = Mutex<[UInt8]>([])
  /// What was lost is lost: whoever writes after it is told too.
  private let failure = Mutex<CommandError?>(nil)

  /// Writes to `descriptor`, which stays the caller's.
  init(descriptor: CInt) { self.descriptor = descriptor }

  static let standard = TextOutput(descriptor: STDOUT_FILENO)

  /// Adds `text`; it reaches the descriptor when the buffer is full or flushed.
  /// - Throws: `CommandError.outputClosed` when the reader went away, or what the system reports.
  func write(_ text: String) throws(CommandError) { try write(Array(text.utf8)) }

  /// Adds `bytes` as they are.
  /// - Throws: as `write(_:)` of a string.
  func write(_ bytes: [UInt8]) throws(CommandError) {
    try buffer.withLock { (buffer) throws(CommandError) in
      buffer += bytes
      if buffer.count >= Self.limit { try drain(&buffer) }
    }
  }

  /// Adds `bytes` as they are; many at once go to the descriptor without being copied.
  /// - Throws: as `write(_:)` of a string.
  func write(_ bytes: UnsafeRawBufferPointer) throws(CommandError) {
    try buffer.withLock { (buffer) throws(CommandError) in
      guard bytes.count >= Self.limit else {
        buffer += bytes
        if buffer.count >= Self.limit { try drain(&buffer) }
        return
      }
      try drain(&buffer)
      try write(out: bytes)
    }
  }

  /// Hands everything to the system.
  /// - Throws: as `write(_:)`.
  func flush() throws(CommandError) {
    try buffer.withLock { (buffer) throws(CommandError) in try drain(&buffer) }
  }

  private func drain(_ buffer: inout [UInt8]) throws(CommandError) {
    defer { buffer.removeAll(keepingCapacity: true) }
    try buffer.withUnsafeBufferPointer { (buffer) throws(CommandError) in try write(out: UnsafeRawBufferPointer(buffer))
    }
  }

  private func write(out bytes: UnsafeRawBufferPointer) throws(CommandError) {
    try failure.withLock { (failure) throws(CommandError) in
      if let failure { throw failure }
      guard let number = writeAll(bytes, to: descriptor) else { return }
      let error = number == EPIPE ? CommandError.outputClosed : .system("write to", "standard output", number)
      failure = error
      throw error
    }
  }
}

/// Writes all of `bytes` to `descriptor`; returns the error number if that failed.
func writeAll(_ bytes: [UInt8], to descriptor: CInt) -> CInt? {
  bytes.withUnsafeBytes { writeAll($0, to: descriptor) }
}

/// Writes all of `bytes` to `descriptor`; returns the error number if that failed.
func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) -> CInt? {
  var written = 0
  while written < bytes.count {
    let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
    let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
    if count < 0 {
      guard errno == EINTR else { return errno }
    } else {
      written += count
    }
  }
  return nil
}
