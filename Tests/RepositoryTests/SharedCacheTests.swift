import Backend
import Format
import LMDB
@testable import Repository
import RepositoryFixture
import TestSupport
import Testing

/// What other processes of the same client do to the cache while a backup runs.
@Suite("A shared cache")
struct SharedCacheTests {
  let sample: SampleRepository

  init() throws { sample = try SampleRepository() }

  private func isNew(_ bytes: [UInt8], in session: WriteSession) throws -> Bool {
    let writer = try session.chunkWriter()
    let outcome = try bytes.withUnsafeBytes { try writer.store($0, kind: .data) }
    try writer.flush()
    return outcome.isNew
  }

  private func store(_ bytes: [UInt8]) throws {
    let session = try sample.begin()
    #expect(try isNew(bytes, in: session))
    try session.finish()
    try sample.repository.abandon(session)
  }

  @Test("A copy of a repository in another place has a cache of its own")
  func copies() throws {
    let uuid = sample.repository.configuration.repository
    let caches = TemporaryDirectory()
    let first = try Cache.open(Cache.path(in: caches.path, repository: uuid, location: "/a"))
    let second = try Cache.open(Cache.path(in: caches.path, repository: uuid, location: "/b"))
    #expect(first.environment.path != second.environment.path)
  }

  @Test("A segment that was listed before a backup began is not added once it has")
  func staleListing() throws {
    try store([1, 2, 3])
    let name = try #require(sample.names(.index).first)
    let id = try #require(SegmentID(text: name.name))
    let index = sample.repository.index
    // Another command lists the segments and reads one, and a prune removes it.
    let epoch = try index.epoch()
    let segment = try sample.repository.context.segment(id)
    try sample.backend.delete(name)
    let session = try sample.begin()
    #expect(try !index.insert([(id, segment)], listedIn: epoch))
    #expect(try isNew([1, 2, 3], in: session))
    #expect(try index.insert([(id, segment)], listedIn: index.epoch()))
  }

  @Test("A condemned pack stays condemned when it comes back under another number")
  func renumbered() throws {
    try store([1, 2, 3])
    let packs = try sample.names(.packs).map { try #require(PackID(hex: $0.name)) }
    let set = PackSet(number: 1, time: SampleRepository.time, packs: packs)
    try sample.put(.tombstone, ObjectName(.tombstones, PackSet.objectName(number: 1)), set.encode())
    let session = try sample.begin()
    try sample.repository.index.clear()
    try sample.repository.refreshIndex()
    #expect(try isNew([1, 2, 3], in: session))
  }

  @Test("No snapshot passes for complete after the index was filled anew")
  func cleared() throws {
    let id = try sample.backUp(["a/b": [1]])
    let index = sample.repository.index
    #expect(try index.isComplete(id))
    try index.clear()
    try sample.repository.refreshIndex()
    #expect(try !index.isComplete(id))
  }

  @Test("A snapshot is not complete if entries were removed while it was taken")
  func removedMeanwhile() throws {
    try store([1, 2, 3])
    let name = try #require(sample.names(.index).first)
    let session = try sample.begin()
    let writer = try session.chunkWriter()
    let tree = try TreeBuilder(writer: writer).store(["a/b": [1]])
    try writer.flush()
    try session.finish()
    try sample.backend.delete(name)
    try sample.repository.refreshIndex()
    try sample.repository.commit(sample.snapshot(of: tree, session: session), of: session)
    #expect(try !sample.repository.index.isComplete(session.snapshotID))
  }
}
