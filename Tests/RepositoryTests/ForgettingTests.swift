import Backend
import BackendTestSupport
import Format
@testable import Repository
import RepositoryFixture
import TestSupport
import Testing

@Suite("Forgetting snapshots")
struct ForgettingTests {
  @Test("Snapshots go, from the cache too; those that are gone already are passed over, and prune frees the rest")
  func forgotten() throws {
    let fixture = try PruneFixture()
    let kept = try fixture.sample.backUp(fixture.files(["a"]))
    let first = try fixture.sample.backUp(fixture.files(["b"], 40_000), sequence: 2)
    let second = try fixture.sample.backUp(fixture.files(["c"]), sequence: 3)
    _ = try fixture.repository.snapshots()
    try fixture.repository.forget([first, second])
    #expect(try fixture.repository.snapshots().snapshots.map(\.id) == [kept])
    #expect(try SnapshotCache(cache: fixture.repository.cache).all().keys.sorted() == [kept.hex])
    let contents = fixture.backend.contents
    try fixture.repository.forget([first, second])
    try fixture.repository.forget([])
    #expect(fixture.backend.contents == contents)
    #expect(try fixture.prune().removed.bytes > 40_000)
    try fixture.verify()
  }

  @Test("The record of a session that was fenced off stays, and so does all that is asked for with it")
  func abortRecord() throws {
    for isCached in [false, true] {
      let sample = try SampleRepository.filled()
      let snapshots = isCached ? try sample.repository.snapshots().snapshots.map(\.id) : []
      let names = sample.names(.snapshots).compactMap { SnapshotID(hex: $0.name) }
      #expect(names.count == 3)
      let contents = sample.backend.contents
      let error = #expect(throws: RepositoryError.self) { try sample.repository.forget(names) }
      #expect(error?.code == .invalidArgument)
      #expect(sample.backend.contents == contents)
      if isCached { try sample.repository.forget(snapshots) }
    }
  }

  @Test("An abort record that has come to the name of a snapshot that this client knows stays")
  func retaken() throws {
    let sample = try SampleRepository()
    let id = try sample.backUp(["a/b": [1]])
    _ = try sample.repository.snapshots()
    try sample.backend.delete(.snapshot(id))
    #expect(try sample.repository.context.fence(id, tombstone: 0, now: SampleRepository.time) == .fenced)
    let error = #expect(throws: RepositoryError.self) { try sample.repository.forget([id]) }
    #expect(error?.code == .invalidArgument)
    #expect(sample.names(.snapshots) == [try .snapshot(id)])
  }

  @Test("A snapshot that can't be reached is not a damaged one")
  func outOfReach() throws {
    let sample = try SampleRepository()
    let id = try sample.backUp(["a/b": [1]])
    let faulty = FaultyBackend(sample.backend)
    let client = try sample.repository.client(
      on: faulty, cacheDirectory: TemporaryDirectory(inMemory: true).path,
      execution: sample.repository.context.execution)
    faulty.inject(.fail(.unreachable), intoReadOf: try .snapshot(id))
    let error = #expect(throws: RepositoryError.self) { try client.snapshots() }
    #expect(error?.saysUnreachable == true)
    faulty.inject(.fail(.io), intoReadOf: try .snapshot(id))
    #expect(try client.snapshots().damaged.map(\.name) == [id.hex])
  }

  @Test("A write key is refused")
  func writeKey() throws {
    let sample = try SampleRepository.filled()
    let caches = TemporaryDirectory(inMemory: true)
    let writer = try Repository.open(
      sample.backend, password: SampleRepository.writePassword, cacheDirectory: caches.path)
    let ids = try writer.snapshots().snapshots.map(\.id)
    let error = #expect(throws: RepositoryError.self) { try writer.forget(ids) }
    #expect(error?.code == .forbidden)
    #expect(try writer.snapshots().snapshots.map(\.id) == ids)
  }
}
