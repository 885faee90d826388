import Backend
import BackendTestSupport
import TestSupport
import Testing

@Suite("What is asked for ahead over SFTP")
struct ReadingAheadTests {
  private let fixture: SFTPFixture
  private var backend: SFTPBackend { fixture.sftp }
  private let pack: ObjectName
  private let content: [UInt8]

  init() throws {
    fixture = try SFTPFixture()
    var random = SeededGenerator(seed: 3)
    content = random.bytes(3_000_000)
    pack = try ObjectName(.packs, "ab01")
    try fixture.sftp.put(.config, [1])
    try fixture.sftp.put(pack, content)
  }

  private func expectRead(_ range: Range<Int>) throws {
    #expect(try backend.bytes(of: pack, at: UInt64(range.lowerBound), count: range.count) == Array(content[range]))
  }

  @Test("takes no round trip when it is read, in whichever order and however often")
  func roundTrips() throws {
    let ranges = [0..<400_000, 400_000..<1_200_000, 2_500_000..<3_000_000]
    for range in ranges { backend.willRead(pack, at: UInt64(range.lowerBound), count: range.count) }
    let before = backend.roundTrips
    for range in ranges.reversed() { try expectRead(range) }
    // All of it was on its way before the first was waited for.
    #expect(backend.roundTrips <= before + 1)
    // A second time, and parts of it, are read as usual.
    for range in ranges { try expectRead(range) }
    backend.willRead(pack, at: 0, count: 100_000)
    try expectRead(10..<100)
    try expectRead(0..<100_000)
  }

  @Test("takes no round trip either where only uploads are limited, nor more than one where a whole object is read")
  func limitedUploads() throws {
    let clock = VirtualClock()
    let limited = RateLimitedBackend(
      backend, upload: TransferRate(bytesPerSecond: 1_024), download: nil, clock: clock.rateClock)
    limited.willRead(pack, at: 0, count: 400_000)
    limited.willRead(pack, at: 400_000, count: 400_000)
    let before = backend.roundTrips
    for offset in [0, 400_000] {
      #expect(
        try limited.bytes(of: pack, at: UInt64(offset), count: 400_000) == Array(content[offset..<offset + 400_000]))
    }
    #expect(backend.roundTrips <= before + 1)
    let intent = try ObjectName(.intents, "01")
    try backend.put(intent, [1, 2])
    let start = backend.roundTrips
    #expect(try backend.getWhole(intent, limit: 2) == [1, 2])
    let needed = backend.roundTrips - start
    #expect(try limited.getWhole(intent, limit: 2) == [1, 2])
    #expect(backend.roundTrips - start == 2 * needed)
  }

  @Test(
    "is what is there when it is read: not what was deleted, nor what is cut off, and nothing after a lost connection")
  func stale() throws {
    backend.willRead(pack, at: 0, count: 1_000)
    try backend.delete(pack)
    expect(.notFound) { () throws(BackendError) in _ = try backend.bytes(of: pack, at: 0, count: 1_000) }
    try backend.put(pack, Array(content.reversed()))
    #expect(try backend.bytes(of: pack, at: 0, count: 1_000) == Array(content.reversed().prefix(1_000)))
    backend.willRead(pack, at: 2_999_000, count: 2_000)
    expect(.truncated) { () throws(BackendError) in _ = try backend.bytes(of: pack, at: 2_999_000, count: 2_000) }
    backend.willRead(pack, at: 0, count: 1_000)
    backend.dropConnections()
    #expect(try backend.bytes(of: pack, at: 0, count: 1_000) == Array(content.reversed().prefix(1_000)))
    backend.willRead(try ObjectName(.packs, "ab02"), at: 0, count: 10)
    backend.willRead(pack, at: .max, count: 10)
    backend.willRead(pack, at: 0, count: 0)
    #expect(try backend.size(of: pack) == 3_000_000)
  }

  @Test("is bounded: what comes first is kept, and what nobody reads is done without some time")
  func bounded() throws {
    for start in 0..<12 { backend.willRead(pack, at: UInt64(start) * 1_000, count: 2_000_000) }
    backend.willRead(pack, at: 0, count: 100 << 20)
    let before = backend.roundTrips
    for start in 0..<5 { try expectRead(start * 1_000..<start * 1_000 + 2_000_000) }
    #expect(backend.roundTrips <= before + 1)
    // Five that nobody reads stand in the way of others, but not for long.
    for start in 0..<40 { backend.willRead(pack, at: UInt64(start) * 1_000, count: 2_000_000) }
    backend.willRead(pack, at: 7, count: 1_000_000)
    let after = backend.roundTrips
    try expectRead(7..<1_000_007)
    #expect(backend.roundTrips <= after + 1)
    for start in 0..<12 where start % 4 == 0 { try expectRead(start * 1_000..<start * 1_000 + 2_000_000) }
    try expectRead(0..<3_000_000)
  }
}
