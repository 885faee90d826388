import TestSupport
import Testing

@testable import Backend

@Suite("A record of a volume's log")
struct LogRecordTests {
  private let position = LogRecord.Position(log: .random())

  private func changes(_ count: Int) throws -> [VolumeChange] {
    try (0..<count).map { number throws in
      .put(
        try ObjectName(.packs, "ab\(number)"),
        StoredBytes(length: 4_096, extents: [Extent(start: UInt64(1_000 + number), count: 1)]))
    }
  }

  private func read(_ bytes: [UInt8], at position: LogRecord.Position) throws -> LogRecord? {
    try bytes.withUnsafeBytes { try LogRecord($0, at: position) }
  }

  @Test("counts in no part, and with no bit changed")
  func isWholeOrNothing() throws {
    let bytes = LogRecord.encode(try changes(30), at: position).bytes
    #expect(bytes.count == 4_096)
    let length = try #require(bytes.lastIndex { $0 != 0 }) + 1
    for index in 0..<length {
      var damaged = bytes
      damaged[index] ^= 1 << UInt8(index % 8)
      #expect(try read(damaged, at: position) == nil, "byte \(index)")
    }
    // As a torn write leaves it.
    for sector in 0..<(length / 512) {
      var torn = bytes
      torn.replaceSubrange(sector * 512..<(sector + 1) * 512, with: repeatElement(0, count: 512))
      #expect(try read(torn, at: position) == nil, "sector \(sector)")
    }
    #expect(try read([], at: position) == nil)
    #expect(try read(Array(bytes.prefix(512)), at: position) == nil)
  }

  @Test("counts only in its log, at its place, and behind the record that it was written behind")
  func followsOnOne() throws {
    let first = LogRecord.encode([.reserve(bytes: 1)], at: position)
    let other = LogRecord.encode([.reserve(bytes: 2)], at: position)
    let second = LogRecord.encode([.reserve(bytes: 3)], at: first.next)
    #expect(try read(second.bytes, at: first.next) != nil)
    #expect(try read(second.bytes, at: other.next) == nil, "what it was written behind was lost, and another written")
    #expect(try read(second.bytes, at: position) == nil)
    #expect(try read(first.bytes, at: .init(log: .random())) == nil)
  }

  @Test("that is whole and says what can't be is an error, not the end of the log")
  func refusesNonsense() throws {
    var generator = SeededGenerator(seed: 5)
    for round in 0..<200 {
      // What a faulty writer could have made: a right digest over anything.
      let payload = generator.bytes(1 + generator.below(60))
      let bytes = LogRecord.encode(payload: payload, count: UInt32(1 + generator.below(3)), at: position).bytes
      do {
        let record = try read(bytes, at: position)
        #expect(record?.changes.flatMap(\.encoded) == payload, "round \(round)")
      } catch is ImpossibleChange {
        continue
      }
    }
  }

  @Test("is no longer than the limit, and what is too much for one goes into several in order")
  func isBounded() throws {
    let all = try changes(2_000)
    let shares = LogRecord.shares(of: all)
    #expect(shares.count > 1 && shares.flatMap { $0 } == all)
    for share in shares {
      let record = LogRecord.encode(share, at: position)
      #expect(record.next.block <= VolumeLayout.mostRecordBlocks)
      #expect(record.bytes.count == Int(record.next.block) * VolumeLayout.blockSize)
    }
    #expect(LogRecord.shares(of: []).isEmpty)
  }
}
