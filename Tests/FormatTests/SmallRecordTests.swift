import Format
import Testing

@Suite struct SmallRecordTests {
  private let id = "000102030405060708090a0b0c0d0e0f"
  private let pack = String(repeating: "90", count: 32)
  private let time = Timestamp(seconds: 1_795_379_100)

  private func check<Record: BinaryRecord & Hashable>(
    _ record: Record, _ known: String, limit: Int, _ encode: (Record) throws(FormatError) -> [UInt8]
  ) throws {
    let encoded = try encode(record)
    #expect(String(decoding: encoded, as: UTF8.self) == known)
    #expect(try Record.decode(encoded) == record)
    let longer = encoded + [UInt8](repeating: 32, count: limit - encoded.count)
    #expect(try Record.decode(longer) == record)
    #expect(failure { () throws(FormatError) in try Record.decode(longer + [32]) }?.code == .limit)
    let later = [UInt8](known.replacing("\"version\":1", with: "\"version\":2").utf8)
    #expect(failure { () throws(FormatError) in try Record.decode(later) }?.code == .unsupported)
    expectPrefixesRefused(encoded, seed: 0) { bytes throws(FormatError) in try Record.decode(bytes) }
    expectFlipsHarmless(encoded, seed: 0) { bytes throws(FormatError) in
      try Record.decode(bytes)
    } check: { value, _ in
      (try? Record.decode(encode(value))) == value
    }
  }

  @Test("an intent")
  func intent() throws {
    try check(
      Intent(
        id: try #require(SnapshotID(hex: id)), task: .backup, time: time, host: "web1", user: "root", process: 4_711,
        program: "firn 1"),
      """
      {"host":"web1","id":"\(id)","process":4711,"program":"firn 1","task":"backup","time":"2026-11-22T20:25:00.000000000Z",\
      "user":"root","version":1}
      """, limit: 1 << 20
    ) { value throws(FormatError) in try value.encode() }
  }

  @Test("an abort record")
  func abort() throws {
    try check(
      AbortRecord(id: try #require(SnapshotID(hex: id)), time: time, tombstone: 12),
      """
      {"id":"\(id)","time":"2026-11-22T20:25:00.000000000Z","tombstone":12,"version":1}
      """, limit: 1 << 20
    ) { value throws(FormatError) in try value.encode() }
  }

  @Test("a tombstone or sweep record")
  func packSet() throws {
    try check(
      PackSet(number: 12, time: time, packs: [try #require(PackID(hex: pack))]),
      """
      {"number":12,"packs":["\(pack)"],"time":"2026-11-22T20:25:00.000000000Z","version":1}
      """, limit: 64 << 20
    ) { value throws(FormatError) in try value.encode() }
  }

  @Test("numbers above 2^53 - 1 are neither written nor read")
  func numbers() throws {
    let limit: UInt64 = 9_007_199_254_740_991
    var record = AbortRecord(id: try #require(SnapshotID(hex: id)), time: time, tombstone: limit)
    let encoded = String(decoding: try record.encode(), as: UTF8.self)
    #expect(try AbortRecord.decode([UInt8](encoded.utf8)) == record)
    let above = [UInt8](encoded.replacing("\(limit)", with: "\(limit + 1)").utf8)
    #expect(failure { () throws(FormatError) in try AbortRecord.decode(above) }?.code == .malformed)
    record.tombstone += 1
    #expect(failure { () throws(FormatError) in try record.encode() }?.code == .malformed)
    #expect(PackSet.number(objectName: "001fffffffffffff") == limit)
    #expect(PackSet.number(objectName: "0020000000000000") == nil)
    var intent = Intent(
      id: record.id, task: .backup, time: time, host: "", user: "", process: 1, program: "")
    let text = String(decoding: try intent.encode(), as: UTF8.self)
    for other in ["-1", "1.5", "9007199254740992"] {
      let bytes = [UInt8](text.replacing("\"process\":1", with: "\"process\":\(other)").utf8)
      #expect(failure { () throws(FormatError) in try Intent.decode(bytes) }?.code == .malformed, "\(other)")
    }
    intent.process = -1
    #expect(failure { () throws(FormatError) in try intent.encode() }?.code == .malformed)
  }
}
