import Format
import Testing

@Suite struct PackDirectoryTests {
  private let a = String(repeating: "aa", count: 32)
  private let b = String(repeating: "bb", count: 32)
  private let c = String(repeating: "cc", count: 32)
  /// Two frames: one stored with chunks of 5 and 300 bytes, one compressed to 20 bytes with a chunk of 1,000.
  private var vector: String { "02  c102 b102 00 02  24 e807 01 01" + a + "15" + b + "b109" + c + "a11f" }

  private func decode(_ hex: String, kind: PackKind? = .data) -> FormatError.Code? {
    failure { () throws(FormatError) in try PackDirectory.decode(bytes(hex), kind: kind) }?.code
  }

  private func directory() throws -> PackDirectory {
    var directory = PackDirectory()
    directory.appendFrame(
      sealedLength: 321, codec: .stored,
      chunks: [
        (id: try #require(ChunkID(hex: a)), kind: .data, length: 5),
        (id: try #require(ChunkID(hex: b)), kind: .data, length: 300),
      ])
    directory.appendFrame(
      sealedLength: 36, codec: .zstd, chunks: [(id: try #require(ChunkID(hex: c)), kind: .data, length: 1_000)])
    return directory
  }

  @Test("the known directory has the known bytes and places")
  func knownAnswer() throws {
    let directory = try directory()
    #expect(directory.encode() == bytes(vector))
    #expect(directory.encode(paddedTo: 200) == bytes(vector) + [UInt8](repeating: 0, count: 200 - bytes(vector).count))
    let decoded = try PackDirectory.decode(bytes(vector), kind: .data)
    #expect(decoded == directory)
    #expect(decoded.framesEnd == 96 + 321 + 36)
    #expect(decoded.frames.map(\.offset) == [96, 417])
    #expect(decoded.frames.map(\.firstChunk) == [0, 2])
    #expect(decoded.chunks.map(\.offsetInFrame) == [0, 5, 0])
    #expect(decoded.chunks.map(\.frame) == [0, 0, 1])
    #expect(decoded.chunks.map(\.length) == [5, 300, 1_000])
  }

  @Test("a chunk entry takes 48 bytes of memory and a frame entry 24")
  func memory() {
    #expect(MemoryLayout<PackDirectory.ChunkEntry>.stride == 48)
    #expect(MemoryLayout<PackDirectory.FrameEntry>.stride == 24)
  }

  @Test("sums, kinds, codecs and padding are checked")
  func refused() {
    #expect(decode(vector) == nil)
    #expect(decode(vector + "0000") == nil)
    #expect(decode(vector + "0001") == .malformed)
    #expect(decode(vector, kind: .metadata) == .malformed)
    #expect(decode(vector, kind: nil) == nil)
    #expect(decode("01 15 05 00 01" + a + "15") == nil)
    #expect(decode("01 15 05 00 01" + a + "11") == .malformed, "chunks shorter than the frame")
    #expect(decode("01 15 05 00 01" + a + "19") == .malformed, "chunks longer than the frame")
    #expect(decode("01 16 05 00 01" + a + "15") == .malformed, "stored, but not of the raw length and a tag")
    #expect(decode("01 10 05 01 01" + a + "15") == .malformed, "nothing but a tag")
    #expect(decode("01 15 05 02 01" + a + "15") == .unsupported, "codec")
    #expect(decode("01 15 05 00 01" + a + "14") == .unsupported, "chunk kind 0")
    #expect(decode("01 15 05 00 02" + a + "15" + b + "01") == .malformed, "an empty chunk")
    #expect(decode("01 10 00 00 00" + a + "15") == .malformed, "an empty frame")
    #expect(decode("01 15 05 00 02" + a + "15") == .malformed, "more chunks than bytes")
  }

  @Test("limits of frames and lengths hold exactly")
  func limits() {
    #expect(decode("01 90808004 80808004 00 01" + a + "81808010") == nil, "8 MiB")
    #expect(decode("01 91808004 81808004 00 01" + a + "85808010") == .limit, "a byte more")
    #expect(decode("01 80808404 80808004 01 01" + a + "81808010") == nil, "sealed to 8 MiB and 64 KiB")
    #expect(decode("01 81808404 80808004 01 01" + a + "81808010") == .limit, "a byte more")
    #expect(decode("81 80 40") == .limit, "2^20 + 1 frames")
    #expect(decode("80 80 40") == .malformed, "2^20 frames that are not there")
    let tooLong = [UInt8](repeating: 0, count: Limits.packDirectoryLength + 1)
    #expect(failure { () throws(FormatError) in try PackDirectory.decode(tooLong, kind: nil) }?.code == .limit)
  }

  @Test("frames that reach beyond 2 GiB are refused")
  func packLimit() {
    // 256 frames of 8 MiB and a tag each.
    var writer = ByteWriter()
    writer.varint(256)
    for _ in 0..<256 { writer.raw(bytes("90808004 80808004 00 01")) }
    for _ in 0..<256 { writer.raw(bytes(a + "81808010")) }
    #expect(failure { () throws(FormatError) in try PackDirectory.decode(writer.bytes, kind: nil) }?.code == .limit)
  }

  @Test("any directory comes back; prefixes and changed bytes are harmless")
  func roundTrip() throws {
    for seed: UInt64 in 0..<100 {
      var generator = SeededGenerator(seed: seed)
      let kind: PackKind = generator.chance(2) ? .data : .metadata
      let directory = generator.directory(kind, frames: generator.below(seed < 4 ? 4 : 40))
      let valid = directory.encode()
      #expect(try PackDirectory.decode(valid, kind: kind) == directory, "seed \(seed)")
      #expect(
        try PackDirectory.decode(directory.encode(paddedTo: valid.count + 99), kind: kind) == directory, "seed \(seed)")
      guard seed < 4 else { continue }
      expectPrefixesRefused(valid, seed: seed) { bytes throws(FormatError) in
        try PackDirectory.decode(bytes, kind: kind)
      }
      expectFlipsHarmless(valid, seed: seed) { bytes throws(FormatError) in
        try PackDirectory.decode(bytes, kind: nil)
      } check: {
        $0.encode(paddedTo: $1.count) == $1
      }
    }
  }
}
