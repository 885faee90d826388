/// Cuts a stream every `size` bytes, for disk images, whose changes stay where they are.
public struct FixedChunker: Sendable {
  /// The length of every chunk but the last, in bytes.
  public let size: Int

  /// Makes a chunker with chunks of `size` bytes, 1 byte to ``ChunkerParameters/largestMaximum``.
  public init(size: Int) throws(ChunkingError) {
    guard 1...ChunkerParameters.largestMaximum ~= size else {
      throw ChunkingError(
        code: .invalidParameters,
        message: "chunk size \(size) is not between 1 and \(ChunkerParameters.largestMaximum) bytes")
    }
    self.size = size
  }

  /// The length of the chunk that starts at the first byte of `bytes`, or nil when more bytes are needed to tell.
  ///
  /// - Parameters:
  ///   - bytes: The bytes from the last cut on, at the front.
  ///   - isEnd: Whether the stream ends with `bytes`. The last chunk then may be shorter.
  /// - Returns: A length from 1 to ``size``; nil when fewer than ``size`` bytes are given and `isEnd` is false, or none.
  public func firstCut(in bytes: UnsafeRawBufferPointer, isEnd: Bool) -> Int? {
    if bytes.count >= size { return size }
    return isEnd && !bytes.isEmpty ? bytes.count : nil
  }
}
