import Compression
import CRaw
import Cryptography

/// Compressing and sealing frames, and back.
enum FrameLoops {
  private static let level = 3

  static func run(_ meter: Meter) throws -> [Loop] {
    var samples = Samples()
    let raw = samples.text(meter.amount(2 << 20, smoke: 64 << 10))
    let key = SecretBytes(count: AES256GCM.keyCount) { _ in }
    var compressor = try Compressor()
    var decompressor = try Decompressor()
    var cipher = try AES256GCM(key: key)
    let capacity = Compressor.compressBound(raw.count) + AES256GCM.tagCount
    let compressed = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 64)
    let sealed = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 64)
    let opened = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 64)
    let restored = UnsafeMutableRawBufferPointer.allocate(byteCount: raw.count, alignment: 64)
    defer { [compressed, sealed, opened, restored].forEach { $0.deallocate() } }
    let nothing = UnsafeRawBufferPointer(start: nil, count: 0)

    var count = 0
    let sealing = try raw.withBytes { raw in
      try meter.rate(raw.count) {
        count = try compressor.compress(raw, into: compressed, level: level) ?? 0
        try cipher.seal(
          UnsafeRawBufferPointer(rebasing: compressed[..<count]), nonce: 1, additionalData: nothing, into: sealed)
      }
    }
    let whole = UnsafeRawBufferPointer(rebasing: sealed[..<(count + AES256GCM.tagCount)])
    let opening = try meter.rate(raw.count) {
      try cipher.open(whole, nonce: 1, additionalData: nothing, into: opened)
      try decompressor.decompress(UnsafeRawBufferPointer(rebasing: opened[..<count]), into: restored)
    }
    let limits = try zstd(raw, meter)
    return [
      Loop("compress and seal a frame", .bytes, sealing, limit: "zstd \(level)", limits.compressing),
      Loop("open and decompress a frame", .bytes, opening, limit: "zstd", limits.decompressing),
      try seal(samples.random(raw.count), &cipher, meter),
    ]
  }

  private static func zstd(_ raw: [UInt8], _ meter: Meter) throws -> (compressing: Double, decompressing: Double) {
    guard let context = ZSTD_createCCtx(), let reader = ZSTD_createDCtx() else { throw RawFailure("ZSTD_createCCtx") }
    defer {
      ZSTD_freeCCtx(context)
      ZSTD_freeDCtx(reader)
    }
    var compressed = [UInt8](repeating: 0, count: ZSTD_compressBound(raw.count))
    var restored = raw
    var count = 0
    let compressing = meter.rate(raw.count) {
      count = ZSTD_compressCCtx(context, &compressed, compressed.count, raw, raw.count, Int32(level))
    }
    var length = 0
    let decompressing = meter.rate(raw.count) {
      length = ZSTD_decompressDCtx(reader, &restored, restored.count, compressed, count)
    }
    try RawFailure.check(length == raw.count, "ZSTD_decompressDCtx")
    return (compressing, decompressing)
  }

  private static func seal(_ raw: [UInt8], _ cipher: inout AES256GCM, _ meter: Meter) throws -> Loop {
    var output = [UInt8](repeating: 0, count: raw.count + AES256GCM.tagCount)
    let firn = try raw.withBytes { raw in
      try output.withUnsafeMutableBytes { output in
        try meter.rate(raw.count) {
          try cipher.seal(raw, nonce: 1, additionalData: UnsafeRawBufferPointer(start: nil, count: 0), into: output)
        }
      }
    }
    guard let context = EVP_CIPHER_CTX_new() else { throw RawFailure("EVP_CIPHER_CTX_new") }
    defer { EVP_CIPHER_CTX_free(context) }
    let key = [UInt8](repeating: 0, count: AES256GCM.keyCount)
    let nonce = [UInt8](repeating: 0, count: 12)
    EVP_EncryptInit_ex2(context, EVP_aes_256_gcm(), key, nonce, nil)
    var written: Int32 = 0
    let limit = meter.rate(raw.count) {
      EVP_EncryptInit_ex2(context, nil, nil, nonce, nil)
      EVP_EncryptUpdate(context, &output, &written, raw, Int32(raw.count))
      EVP_EncryptFinal_ex(context, &output, &written)
    }
    return Loop("seal what is stored as it is", .bytes, firn, limit: "OpenSSL AES-256-GCM", limit)
  }
}
