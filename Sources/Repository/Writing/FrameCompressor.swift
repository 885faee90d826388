import Compression
import Format

/// Compresses frames, for one thread: the context and the output are reused.
struct FrameCompressor: ~Copyable {
  private var compressor: Compressor
  private let output: UnsafeMutableRawBufferPointer

  /// zstd's level for frames.
  private static let level = 3

  init() throws(RepositoryError) {
    compressor = try RepositoryError.wrapping("a compressor") { () throws(CompressionError) in try Compressor() }
    // Address space only: what no frame needs is never touched.
    output = .allocate(byteCount: Limits.chunkLength, alignment: 64)
  }

  deinit { output.deallocate() }

  /// The compressed bytes, lent until the next call; nil if they are not worth it.
  mutating func compress(_ raw: UnsafeRawBufferPointer) throws(RepositoryError) -> UnsafeRawBufferPointer? {
    if Incompressibility.looksIncompressible(raw) { return nil }
    // A frame that saves less than a 64th is cheaper to read back stored.
    let room = UnsafeMutableRawBufferPointer(rebasing: output[..<(raw.count - raw.count / 64)])
    let written: Int?
    do throws(CompressionError) {
      written = try compressor.compress(raw, into: room, level: Self.level)
    } catch {
      throw RepositoryError(error, context: "compressing a frame")
    }
    return written.map { UnsafeRawBufferPointer(rebasing: output[..<$0]) }
  }
}
