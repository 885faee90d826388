import CZstd

/// A zstd decompression context, made once per worker and reused.
///
/// It takes exactly what `Compressor` makes, one frame that states its content size and needs no dictionary, and is
/// total on hostile bytes: it reads and writes nothing outside the buffers it is lent.
public struct Decompressor: ~Copyable, Sendable {
  // Sound to send: the only owner reaches it, and only through `mutating` methods.
  private nonisolated(unsafe) let context: OpaquePointer

  /// Allocates a context.
  ///
  /// Throws `.outOfMemory`.
  public init() throws(CompressionError) {
    guard let context = ZSTD_createDCtx() else {
      throw CompressionError(code: .outOfMemory, message: "no memory for a zstd decompression context")
    }
    self.context = context
  }

  deinit { ZSTD_freeDCtx(context) }

  /// Bytes the context occupies; whatever a frame claims, decompressing it does not change this.
  var contextSize: Int { ZSTD_sizeof_DCtx(context) }

  /// Decompresses `frame`, which must be one whole zstd frame and nothing else, filling `destination` exactly.
  ///
  /// Throws `.malformed`, `.wrongSize`, `.trailingBytes` or `.dictionaryRequired`; the contents of `destination` are
  /// undefined then.
  public mutating func decompress(
    _ frame: UnsafeRawBufferPointer, into destination: UnsafeMutableRawBufferPointer
  ) throws(CompressionError) {
    try Self.checkHeader(frame, expected: destination.count)

    // The one-call form takes the destination for its window, so no frame header, however large a window it asks for,
    // makes it allocate. (The streaming form would.)
    let result = ZSTD_decompressDCtx(
      context, destination.baseAddress, destination.count, frame.baseAddress, frame.count)
    guard ZSTD_isError(result) == 0 else { throw Self.failure(result, frameLength: frame.count) }
    guard result == destination.count else {
      throw CompressionError(
        code: .wrongSize, message: "a zstd frame held \(result) bytes where \(destination.count) were expected")
    }
  }

  /// Refuses, before anything is decoded, what the header alone shows to be wrong.
  private static func checkHeader(_ frame: UnsafeRawBufferPointer, expected: Int) throws(CompressionError) {
    // Skippable and legacy frames would pass zstd's own checks; `Compressor` makes neither.
    guard frame.count >= 4, UInt32(littleEndian: frame.loadUnaligned(as: UInt32.self)) == ZSTD_MAGICNUMBER else {
      throw CompressionError(code: .malformed, message: "\(frame.count) bytes do not start a zstd frame")
    }
    guard ZSTD_getDictID_fromFrame(frame.baseAddress, frame.count) == 0 else {
      throw CompressionError(code: .dictionaryRequired, message: "a zstd frame asks for a dictionary")
    }
    // The two highest values stand for "not stated" and "not readable".
    let stated = ZSTD_getFrameContentSize(frame.baseAddress, frame.count)
    guard stated < UInt64.max - 1 else {
      throw CompressionError(code: .malformed, message: "a zstd frame states no content size")
    }
    guard stated == UInt64(expected) else {
      throw CompressionError(
        code: .wrongSize, message: "a zstd frame states \(stated) bytes where \(expected) were expected")
    }
    let length = ZSTD_findFrameCompressedSize(frame.baseAddress, frame.count)
    guard ZSTD_isError(length) == 0 else { throw failure(length, frameLength: frame.count) }
    guard length == frame.count else {
      throw CompressionError(
        code: .trailingBytes, message: "\(frame.count - length) bytes follow a zstd frame of \(length) bytes")
    }
  }

  private static func failure(_ result: Int, frameLength: Int) -> CompressionError {
    CompressionError(
      code: .malformed,
      message: "a zstd frame of \(frameLength) bytes: \(String(cString: ZSTD_getErrorName(result)))")
  }
}
