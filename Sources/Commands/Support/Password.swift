import Glibc

/// The bytes of a password, wiped when the last reference goes.
final class Password: Sendable {
  /// The most bytes a password may have.
  static let maximumLength = 4096
  // Written only while it is made and when it goes, so reading it from several threads is safe.
  nonisolated(unsafe) private let buffer: UnsafeMutableRawBufferPointer
  let count: Int

  /// Takes the first `count` bytes of `buffer`, which becomes the password's to wipe and free.
  private init(owning buffer: UnsafeMutableRawBufferPointer, count: Int) {
    self.buffer = buffer
    self.count = count
  }

  deinit { Self.wipe(buffer) }

  /// A copy of `bytes`.
  convenience init(_ bytes: some Collection<UInt8>) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 1)
    buffer.copyBytes(from: bytes)
    self.init(owning: buffer, count: bytes.count)
  }

  /// Lends the bytes for the length of `body`.
  func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
  }

  private static func wipe(_ buffer: UnsafeMutableRawBufferPointer) {
    if let start = buffer.baseAddress { explicit_bzero(start, buffer.count) }
    buffer.deallocate()
  }

  /// What part of what is read is the password.
  enum Extent {
    /// Everything but one newline at the end.
    case whole
    /// Everything before the first newline.
    case firstLine
  }

  /// Reads from `descriptor` to its end, or for `.firstLine` possibly only to a newline. `read` fills a buffer as
  /// the system call does.
  /// - Throws: an error that names `source` when it can't be read, is too long, or gives an empty password.
  static func read(
    _ extent: Extent, from source: String,
    using read: (UnsafeMutableRawBufferPointer) throws(CommandError) -> Int
  ) throws(CommandError) -> Password {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: maximumLength + 2, alignment: 1)
    var count = 0
    var end: Int?
    do throws(CommandError) {
      while end == nil {
        guard count < buffer.count else { throw CommandError(.usage, "the password from \(source) is too long") }
        let received = try read(UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
        if received == 0 { end = count }
        if extent == .firstLine {
          end = buffer[count..<count + received].firstIndex(of: UInt8(ascii: "\n")) ?? end
        }
        count += received
      }
      var length = end ?? count
      if extent == .whole, length > 0, buffer[length - 1] == UInt8(ascii: "\n") { length -= 1 }
      if length > 0, length < count, buffer[length - 1] == UInt8(ascii: "\r") { length -= 1 }
      guard length > 0 else { throw CommandError(.usage, "the password from \(source) is empty") }
      return Password(owning: buffer, count: length)
    } catch {
      wipe(buffer)
      throw error
    }
  }

  /// Whether both are the same bytes, in time that doesn't depend on them.
  static func == (left: Password, right: Password) -> Bool {
    guard left.count == right.count else { return false }
    return left.withBytes { left in
      right.withBytes { right in zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0 }
    }
  }
}
