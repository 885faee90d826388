internal import COpenSSL

/// Secret bytes of fixed length: never changed once made, overwritten before their memory is given back.
///
/// Deliberately neither `Equatable` nor `Hashable`: compare with ``isEqualInConstantTime(to:)``. Printing,
/// interpolating or mirroring one shows its length only.
public final class SecretBytes: Sendable {
  /// The number of bytes.
  public let count: Int

  // Written during init only, and read-only afterwards: that is what makes sharing between threads safe.
  nonisolated(unsafe) private let start: UnsafeMutableRawPointer

  /// Makes a secret of `count` bytes, written by `body` into zeroed memory.
  ///
  /// Where `body` throws, what it wrote is wiped.
  public init<E: Error>(
    count: Int,
    initializingWith body: (UnsafeMutableRawBufferPointer) throws(E) -> Void
  ) throws(E) {
    precondition(count >= 0, "negative length of a secret")
    self.count = count
    start = .allocate(byteCount: count, alignment: MemoryLayout<UInt64>.alignment)
    let buffer = UnsafeMutableRawBufferPointer(start: start, count: count)
    buffer.initializeMemory(as: UInt8.self, repeating: 0)
    // Every property is set by now, so an error thrown from here runs deinit.
    try body(buffer)
  }

  /// Copies the bytes of a buffer. Wiping that buffer is the caller's affair.
  public convenience init(copying bytes: UnsafeRawBufferPointer) {
    self.init(count: bytes.count) { $0.copyMemory(from: bytes) }
  }

  /// Makes a secret of `count` random bytes.
  ///
  /// - Throws: ``CryptographyError/Code/randomUnavailable``.
  public convenience init(random count: Int) throws(CryptographyError) {
    try self.init(count: count) { (buffer) throws(CryptographyError) in try RandomBytes.fillSecret(buffer) }
  }

  deinit {
    OPENSSL_cleanse(start, count)
    start.deallocate()
  }

  /// Lends the bytes. The pointer must not leave the closure.
  public func withUnsafeBytes<Result, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> Result
  ) throws(E) -> Result {
    try body(UnsafeRawBufferPointer(start: start, count: count))
  }
}

extension SecretBytes: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The length, and nothing of the content.
  public var description: String { "SecretBytes(\(count) bytes, redacted)" }
  /// The same as ``description``.
  public var debugDescription: String { description }
  /// An empty mirror, so that `dump` shows nothing either.
  public var customMirror: Mirror { Mirror(self, children: []) }
}
