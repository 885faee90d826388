import Format
import Testing

@Suite struct SegmentIDTests {
  private let session = "00112233445566778899aabbccddeeff"

  @Test("a segment's name is its session and its number")
  func text() throws {
    let id = SegmentID(session: try #require(SnapshotID(hex: session)), number: 0x1A)
    #expect(id.text == "\(session)-0000001a")
    #expect(SegmentID(text: id.text) == id)
    #expect(id.bytes.count == SegmentID.length)
    #expect(id.bytes.withUnsafeBytes { SegmentID($0) } == id)
    #expect(id < SegmentID(session: id.session, number: 0x1B))
  }

  @Test(
    "other texts name no segment",
    arguments: [
      "", "-", "00112233445566778899aabbccddeeff", "00112233445566778899aabbccddeeff-",
      "00112233445566778899aabbccddeeff-1", "00112233445566778899aabbccddeeff-00000000",
      "00112233445566778899aabbccddeeff-0000001A", "00112233445566778899aabbccddeeff-00000001-",
      "00112233445566778899aabbccddeef-00000001", "-00000001",
    ])
  func refused(_ text: String) { #expect(SegmentID(text: text) == nil) }
}
