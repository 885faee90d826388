import Cryptography
import Format
import Testing

@Suite struct IndexSegmentTests {
  private func id(_ byte: String) -> String { String(repeating: byte, count: 32) }
  private var vector: String {
    "01" + id("90") + "b901000000000000 01" + id("e1") + id("c2")
      + "27 01 25 15 01 01" + id("aa") + "55" + "00"
  }

  private func decode(_ hex: String) -> FormatError.Code? {
    failure { () throws(FormatError) in try IndexSegment.decode(bytes(hex)) }?.code
  }

  @Test("the known segment has the known bytes")
  func knownAnswer() throws {
    var directory = PackDirectory()
    directory.appendFrame(
      sealedLength: 37, codec: .zstd, chunks: [(id: try #require(ChunkID(hex: id("aa"))), kind: .data, length: 21)])
    let segment = IndexSegment(
      packs: [
        PackDescription(
          id: try #require(PackID(hex: id("90"))), length: 0x1B9, kind: .data,
          ephemeralKey: try #require(ChunkID(hex: id("e1"))).digest,
          commitment: try #require(ChunkID(hex: id("c2"))).digest, directory: directory)
      ])
    let known = bytes(
      "01" + id("90") + "b901000000000000 01" + id("e1") + id("c2") + "26 01 25 15 01 01" + id("aa")
        + "55")
    #expect(segment.encode() == known)
    #expect(try IndexSegment.decode(known) == segment)
  }

  @Test("a directory has no padding here, and fits its pack and its kind")
  func refused() {
    let head = "01" + id("90")
    let tail = id("e1") + id("c2")
    let directory = "26 01 25 15 01 01" + id("aa") + "55"
    #expect(decode(vector) == .malformed, "padding")
    #expect(decode(head + "d300000000000000 01" + tail + directory) == nil, "96 + 37 + 38 + 40 bytes")
    #expect(decode(head + "d200000000000000 01" + tail + directory) == .malformed, "a byte less")
    #expect(decode(head + "0000008000000000 01" + tail + directory) == nil, "2 GiB")
    #expect(decode(head + "0100008000000000 01" + tail + directory) == .limit)
    #expect(decode(head + "d300000000000000 02" + tail + directory) == .malformed, "data in a metadata pack")
    #expect(decode(head + "d300000000000000 03" + tail + directory) == .unsupported)
    #expect(decode("00 00") == .malformed, "left over")
    #expect(decode("ff ff ff ff ff ff ff ff ff 01") == .malformed, "a count beyond the end")
    let tooLong = [UInt8](repeating: 0, count: Limits.indexSegmentLength + 1)
    #expect(failure { () throws(FormatError) in try IndexSegment.decode(tooLong) }?.code == .limit)
  }

  @Test("any segment comes back; prefixes and changed bytes are harmless")
  func roundTrip() throws {
    for seed: UInt64 in 0..<60 {
      var generator = SeededGenerator(seed: seed)
      let segment = generator.segment(packs: generator.below(4))
      let valid = segment.encode()
      #expect(try IndexSegment.decode(valid) == segment, "seed \(seed)")
      guard seed < 4 else { continue }
      expectPrefixesRefused(valid, seed: seed) { bytes throws(FormatError) in try IndexSegment.decode(bytes) }
      expectFlipsHarmless(valid, seed: seed) { bytes throws(FormatError) in
        try IndexSegment.decode(bytes)
      } check: {
        $0.encode() == $1
      }
    }
  }
}
