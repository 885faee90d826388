import Chunking
import CRaw
import Cryptography
import Repository

/// Cutting and identifying.
enum ChunkLoops {
  static func run(_ meter: Meter) throws -> [Loop] {
    var samples = Samples()
    let random = samples.random(meter.amount(16 << 20, smoke: 512 << 10))
    let text = samples.text(meter.amount(16 << 20, smoke: 512 << 10))
    let key = samples.random(ContentChunker.keySize)
    var loops = [try chunker(random, "random bytes", key, meter), try chunker(text, "text", key, meter)]
    for length in [16 << 10, 4 << 10, 256] { loops += try ids(Array(random.prefix(256 << 10)), length, meter) }
    return loops
  }

  private static func chunker(_ bytes: [UInt8], _ name: String, _ key: [UInt8], _ meter: Meter) throws -> Loop {
    let sizes = RepositoryParameters()
    let parameters = try ChunkerParameters(
      minimum: Int(sizes.minimumChunkSize), average: Int(sizes.averageChunkSize), maximum: Int(sizes.maximumChunkSize))
    let chunker = ContentChunker(parameters: parameters, key: key.span.bytes)
    var cuts = 0
    let rate = bytes.withBytes { bytes in
      meter.rate(bytes.count) {
        var rest = bytes
        while let length = chunker.firstCut(in: rest, isEnd: true) {
          rest = UnsafeRawBufferPointer(rebasing: rest[length...])
          cuts += 1
        }
      }
    }
    try RawFailure.check(cuts > 0, "cutting")
    return Loop("chunker, \(name)", .bytes, rate, limit: "memcpy", copying(bytes, meter))
  }

  private static func ids(_ bytes: [UInt8], _ length: Int, _ meter: Meter) throws -> [Loop] {
    var hmac = HMACSHA256(key: SecretBytes(count: 32) { _ in })
    guard let context = EVP_MD_CTX_new(), let algorithm = EVP_MD_fetch(nil, "SHA256", nil) else {
      throw RawFailure("EVP_MD_CTX_new")
    }
    defer {
      EVP_MD_CTX_free(context)
      EVP_MD_free(algorithm)
    }
    var digest = [UInt8](repeating: 0, count: 32)
    var name = "\(length) B"
    if length >= 1024 { name = "\(length >> 10) KiB" }
    return bytes.withBytes { bytes in
      let chunks = stride(from: 0, to: bytes.count, by: length).map {
        UnsafeRawBufferPointer(rebasing: bytes[$0..<$0 + length])
      }
      let messages = chunks.map { HMACSHA256.Message(prefix: 1, $0) }
      let single = meter.rate(bytes.count) {
        for chunk in chunks { _ = hmac.authenticate(prefix: 1, chunk) }
      }
      let batch = meter.rate(bytes.count) { _ = hmac.authenticate(messages) }
      let raw = meter.rate(bytes.count) {
        for chunk in chunks {
          EVP_DigestInit_ex2(context, algorithm, nil)
          EVP_DigestUpdate(context, chunk.baseAddress, chunk.count)
          EVP_DigestFinal_ex(context, &digest, nil)
        }
      }
      return [
        Loop("chunk id, \(name)", .bytes, single, limit: "OpenSSL SHA-256", raw),
        Loop("chunk ids together, \(name)", .bytes, batch, limit: "OpenSSL SHA-256", raw),
      ]
    }
  }

  private static func copying(_ bytes: [UInt8], _ meter: Meter) -> Double {
    let target = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
    defer { target.deallocate() }
    return meter.rate(bytes.count) { craw_copy(target.baseAddress, bytes, bytes.count) }
  }
}
