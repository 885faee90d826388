import CZstd

/// A zstd compression context, made once per worker and reused: a context made anew per message costs 40 % of the speed
/// on small ones.
///
/// A frame states its content size and carries no checksum; integrity is the business of whoever seals it.
public struct Compressor: ~Copyable, Sendable {
  /// The levels `compress` takes, from fastest to smallest.
  public static var levels: ClosedRange<Int> { 1...Int(ZSTD_maxCLevel()) }

  // Sound to send: the only owner reaches it, and only through `mutating` methods.
  private nonisolated(unsafe) let context: OpaquePointer

  /// Allocates a context.
  ///
  /// Throws `.outOfMemory`.
  public init() throws(CompressionError) {
    guard let context = ZSTD_createCCtx() else {
      throw CompressionError(code: .outOfMemory, message: "no memory for a zstd compression context")
    }
    self.context = context
  }

  deinit { ZSTD_freeCCtx(context) }

  /// The most bytes that compressing `rawLength` bytes can give.
  public static func compressBound(_ rawLength: Int) -> Int {
    ZSTD_compressBound(rawLength)
  }

  /// Compresses `raw` into one zstd frame at the start of `destination`.
  ///
  /// Returns the frame's length in bytes, or nil when the frame does not fit: with a destination a little shorter than
  /// `raw`, nil means "not worth it" and the contents of `destination` are undefined.
  /// Throws `.outOfMemory` where zstd can't get its tables.
  public mutating func compress(
    _ raw: UnsafeRawBufferPointer, into destination: UnsafeMutableRawBufferPointer, level: Int
  ) throws(CompressionError) -> Int? {
    precondition(Self.levels.contains(level), "zstd level out of range")
    // zstd keeps the level in the context; setting the same one again costs nothing measurable.
    let setting = ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, Int32(level))
    guard ZSTD_isError(setting) == 0 else { throw Self.failure(setting, rawLength: raw.count) }

    let result = ZSTD_compress2(context, destination.baseAddress, destination.count, raw.baseAddress, raw.count)
    guard ZSTD_isError(result) != 0 else { return result }
    if ZSTD_getErrorCode(result) == ZSTD_error_dstSize_tooSmall { return nil }
    throw Self.failure(result, rawLength: raw.count)
  }

  private static func failure(_ result: Int, rawLength: Int) -> CompressionError {
    let code: CompressionError.Code =
      ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation ? .outOfMemory : .unexpected
    return CompressionError(
      code: code, message: "compressing \(rawLength) bytes: \(String(cString: ZSTD_getErrorName(result)))")
  }
}
