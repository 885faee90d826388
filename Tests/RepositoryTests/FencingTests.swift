import Backend
import BackendTestSupport
import Format
@testable import Repository
import RepositoryFixture
import TestSupport
import Testing

/// Whoever fences a session off may be held up for days at any step, and find names free that were taken before.
@Suite("Fencing late")
struct FencingTests {
  let sample: SampleRepository

  init() throws { sample = try SampleRepository() }

  private var context: RepositoryContext { sample.repository.context }

  private func prune() throws {
    let caches = TemporaryDirectory(inMemory: true)
    let other = try sample.repository.client(
      on: sample.backend, cacheDirectory: caches.path, execution: Execution())
    _ = try other.prune(PruneFixture.thorough, by: PruneFixture.owner, watch: PruneFixture.watch())
  }

  @Test("A session isn't fenced off by its own segment, of which it was told that it could not be published")
  func segmentThatStands() throws {
    let faulty = FaultyBackend(sample.backend)
    let repository = try sample.repository.reopened(on: faulty)
    let session = repository.context.execution.sessionID()
    let segments = SegmentSequence(of: session, context: repository.context)
    func number() throws -> UInt32 { try segments.publish(IndexSegment()).number }
    for fault in [FaultyBackend.Fault.loseReply(.noSpace), .fail(.noSpace)] {
      faulty.inject(fault, into: .commit)
      #expect(throws: RepositoryError.self) { try number() }
    }
    #expect(try number() == 2)
    faulty.inject(.fail(.noSpace), into: .commit)
    #expect(throws: RepositoryError.self) { try number() }
    #expect(try number() == 3)
    // Another one's segment under the next name is what fences it off, also after a failure.
    faulty.inject(.fail(.noSpace), into: .commit)
    #expect(throws: RepositoryError.self) { try number() }
    #expect(try repository.context.publish(IndexSegment(), as: SegmentID(session: session, number: 4)))
    let error = #expect(throws: RepositoryError.self) { try number() }
    #expect(error?.code == .fenced)
  }

  @Test("An empty segment that comes to the name of one that was replaced leads nobody to the packs which that had")
  func retakenSegment() throws {
    let bytes: [UInt8] = [1, 2, 3]
    let session = try sample.begin()
    let writer = try session.chunkWriter()
    #expect(try bytes.withUnsafeBytes { try writer.store($0, kind: .data) }.isNew)
    try writer.flush()
    try session.finish()
    try sample.repository.abandon(session)
    let names = sample.names(.index)
    try prune()
    #expect(sample.names(.packs).isEmpty)
    _ = try context.fence(session.snapshotID, tombstone: 0, now: SampleRepository.time)
    #expect(sample.names(.index) == names, "the name is taken again")
    let later = try sample.begin()
    let id = try bytes.withUnsafeBytes { try later.chunkWriter().store($0, kind: .data) }
    #expect(id.isNew, "the pack that this client knew it in is gone")
    #expect(try !sample.repository.check(CheckOptions(threads: 1)).hasErrors)
  }

  @Test("An abort record that comes to the name of a snapshot that was forgotten does not bring that back")
  func retakenSnapshot() throws {
    let id = try sample.backUp(["a/b": [1]])
    #expect(try sample.repository.snapshots().snapshots.map(\.id) == [id])
    try sample.backend.delete(.snapshot(id))
    #expect(try context.fence(id, tombstone: 0, now: SampleRepository.time) == .fenced)
    #expect(try sample.repository.snapshots().snapshots.isEmpty)
    try prune()
    #expect(sample.names(.packs).isEmpty)
  }

  @Test("A session whose snapshot is forgotten at the moment when its name is to be taken has committed")
  func forgottenMeanwhile() throws {
    let id = try sample.backUp(["a/b": [1]])
    let backend = sample.backend
    let faulty = FaultyBackend(backend)
    let other = try sample.repository.reopened(on: faulty)
    faulty.inject(.pause { try? backend.delete(.snapshot(id)) }, into: .size)
    #expect(try other.context.fence(id, tombstone: 0, now: SampleRepository.time) == .committed)
    #expect(sample.names(.snapshots).isEmpty)
  }
}
