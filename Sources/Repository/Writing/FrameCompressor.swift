import Compression
import Format

/// Compresses frames, for one thread: the context and the output are reused.
struct FrameCompressor: ~Copyable {
  private var compressor: Compressor
  private let output: UnsafeMutableRawBufferPointer
  private let level: CompressionLevel

  init(_ level: CompressionLevel) throws(RepositoryError) {
    self.level = level
    compressor = try RepositoryError.wrapping("a compressor") { () throws(CompressionError) in try Compressor() }
    // Address space only: what no frame needs is never touched.
    output = .allocate(byteCount: Limits.chunkLength, alignment: 64)
  }

  deinit { output.deallocate() }

  /// The compressed bytes of a frame for a pack of this kind, lent until the next call; nil to store it as it is.
  mutating func compress(
    _ raw: UnsafeRawBufferPointer, for kind: PackKind
  ) throws(RepositoryError) -> UnsafeRawBufferPointer? {
    guard let level = level.zstdLevel(for: kind) else { return nil }
    if Incompressibility.looksIncompressible(raw) { return nil }
    // A frame that saves less than a 64th is cheaper to read back stored.
    let room = UnsafeMutableRawBufferPointer(rebasing: output[..<(raw.count - raw.count / 64)])
    let written: Int?
    do throws(CompressionError) {
      written = try compressor.compress(raw, into: room, level: level)
    } catch {
      throw RepositoryError(error, context: "compressing a frame")
    }
    return written.map { UnsafeRawBufferPointer(rebasing: output[..<$0]) }
  }
}
