import Backend
import Format
@testable import Repository
import RepositoryFixture
import Synchronization
import TestSupport
import Testing

@Suite("When packs were verified")
struct VerifyLedgerTests {
  let fixture: PruneFixture
  var sample: SampleRepository { fixture.sample }

  init() throws { fixture = try PruneFixture.filled() }

  private func check(
    _ data: CheckOptions.DataSelection, day: Int64, timeLimit: Duration? = nil, in repository: Repository? = nil
  ) throws -> CheckReport {
    var options = CheckOptions(data: data, threads: 1)
    options.time = Timestamp(seconds: day * 86400)
    options.timeLimit = timeLimit
    return try (repository ?? sample.repository).check(options)
  }

  private func older(than days: Int64, on day: Int64) -> CheckOptions.DataSelection {
    .notVerified(since: Timestamp(seconds: (day - days) * 86400))
  }

  @Test("What was read and found good is not read again before its time, and the summary says when it was")
  func ages() throws {
    let packs = sample.names(.packs).count
    #expect(try check(.none, day: 100).counters.verified?.neverPacks == packs)
    #expect(try check(older(than: 30, on: 100), day: 100).counters.packsRead == packs)
    let second = try check(older(than: 30, on: 120), day: 120).counters
    #expect(second.packsRead == 0 && second.verified?.neverPacks == 0)
    #expect(second.verified?.groups.map(\.packs) == [0, 0, packs, 0, 0])
    #expect(try check(older(than: 30, on: 131), day: 131).counters.packsRead == packs)
    // Another client has read nothing.
    #expect(try check(.none, day: 131, in: fixture.newcomer().repository).counters.verified?.neverPacks == packs)
  }

  @Test("What was noted for a time that is still to come, as by a clock that was wrong, counts as never read")
  func future() throws {
    let packs = sample.names(.packs).count
    _ = try check(.all, day: 100)
    #expect(try check(.none, day: 99).counters.verified?.neverPacks == packs)
    #expect(try check(older(than: 30, on: 99), day: 99).counters.packsRead == packs)
    #expect(try check(.none, day: 99).counters.verified?.groups.first?.packs == packs)
  }

  @Test("What was never read comes first, then what was read longest ago")
  func order() throws {
    let packs = sample.names(.packs).compactMap { PackID(hex: $0.name) }.map { ListedPack(id: $0, length: 1) }
    let ids = packs.map(\.id)
    try #require(ids.count >= 3)
    let times = [ids[0]: Int64(20), ids[1]: 10]
    let chosen = try CheckOptions.DataSelection.notVerified(since: Timestamp(seconds: 15)).choose(
      from: packs, times: times, oldestFirst: true)
    #expect(chosen.map(\.id) == Array(ids[2...]) + [ids[1]])
    #expect(
      try CheckOptions.DataSelection.all.choose(from: packs, times: times, oldestFirst: true).map(\.id)
        == Array(ids[2...]) + [ids[1], ids[0]])
  }

  @Test("When the time is up, what remains is said, and is first the next time")
  func timeLimit() throws {
    let packs = sample.names(.packs).count
    let none = try check(.all, day: 1, timeLimit: .zero).counters
    #expect(none.packsRead == 0 && none.packsRemaining == packs && none.bytesRemaining == none.packBytes)
    let all = try check(.all, day: 1, timeLimit: .seconds(3600)).counters
    #expect(all.packsRead == packs && all.packsRemaining == 0)
  }

  @Test("A damaged pack counts as never read, one that is gone is forgotten")
  func damaged() throws {
    let packs = sample.names(.packs)
    _ = try check(.all, day: 1)
    sample.backend.damage(packs[0]) { $0?[130] ^= 1 }
    let report = try check(.all, day: 2)
    #expect(report.hasErrors && report.counters.verified?.neverPacks == 1)
    try sample.backend.delete(packs[1])
    #expect(try check(.none, day: 2).counters.verified?.groups.first?.packs == packs.count - 2)
    let ledger = VerifyLedger(cache: sample.repository.cache, time: nil)
    #expect(try ledger.times().count == packs.count - 2)
  }
}
