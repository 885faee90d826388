import Backend
import BackendTestSupport
import Format
@testable import Repository
import RepositoryFixture
import TestSupport
import Testing

@Suite("The end of a session")
struct AbandonTests {
  @Test("Nothing is published after the intent is removed, and the session can't end well any more")
  func abandoned() throws {
    let sample = try SampleRepository()
    let session = try sample.begin()
    let writer = try session.chunkWriter()
    var random = SeededGenerator(seed: 3)
    for _ in 0..<60 { _ = try random.bytes(4000).withUnsafeBytes { try writer.store($0, kind: .data) } }
    try writer.flush()
    try sample.repository.abandon(session)
    let contents = sample.backend.contents
    #expect(sample.names(.intents).isEmpty)
    #expect(!sample.names(.index).isEmpty, "what was stored can be used again")
    #expect(throws: RepositoryError.self) { try session.finish() }
    #expect(sample.backend.contents == contents)
  }

  @Test("A session does not end well while a chunk of a writer was not handed over")
  func unflushed() throws {
    let sample = try SampleRepository()
    let session = try sample.begin()
    do {
      let dropped = try session.chunkWriter()
      _ = try [UInt8]([1, 2, 3]).withUnsafeBytes { try dropped.store($0, kind: .data) }
    }
    let writer = try session.chunkWriter()
    _ = try [UInt8]([4]).withUnsafeBytes { try writer.store($0, kind: .data) }
    try writer.flush()
    #expect(throws: RepositoryError.self) { try session.finish() }
  }

  @Test(
    "A session that can't begin leaves its intent only while something may still take effect", arguments: [true, false])
  func begun(leavesOpen: Bool) throws {
    let sample = try SampleRepository()
    let faulty = FaultyBackend(sample.backend)
    let repository = try sample.repository.reopened(on: faulty)
    faulty.inject(.fail(leavesOpen ? .io : .permissionDenied), into: .list)
    #expect(throws: RepositoryError.self) { try repository.beginWriting(by: PruneFixture.owner) }
    #expect(sample.names(.intents).count == (leavesOpen ? 1 : 0))
  }

  @Test("An interrupted session leaves its intent if what it published before may still take effect")
  func interrupted() throws {
    let sample = try SampleRepository()
    let faulty = FaultyBackend(sample.backend)
    let repository = try sample.repository.reopened(on: faulty)
    for fault in [FaultyBackend.Fault.fail(.permissionDenied), .fail(.io)] {
      let session = try repository.beginWriting(by: PruneFixture.owner)
      let writer = try session.chunkWriter()
      _ = try [UInt8]([1, 2, 3]).withUnsafeBytes { try writer.store($0, kind: .data) }
      try writer.flush()
      faulty.inject(fault, into: .commit)
      #expect(throws: RepositoryError.self) { try session.finish() }
      try repository.abandon(session, after: RepositoryError(.cancelled, "interrupted"))
      if case .fail(.io) = fault {
        #expect(sample.names(.intents).count == 1)
      } else {
        #expect(sample.names(.intents).isEmpty)
      }
    }
  }

  @Test("A chunk that lies in two packs is read when either is gone")
  func twoPlaces() throws {
    let sample = try SampleRepository()
    var first: (name: ObjectName, bytes: [UInt8])?
    for _ in 0..<2 {
      let session = try sample.begin()
      let writer = try session.chunkWriter()
      _ = try [UInt8]([1, 2, 3]).withUnsafeBytes { try writer.store($0, kind: .data) }
      try writer.flush()
      try session.finish()
      try sample.repository.abandon(session)
      if first == nil, let name = sample.names(.index).first, let bytes = sample.backend.contents[name] {
        first = (name, bytes)
        try sample.backend.delete(name)
      }
    }
    let (name, bytes) = try #require(first)
    try sample.backend.put(name, bytes)
    let packs = sample.names(.packs)
    #expect(packs.count == 2)
    for pack in packs {
      var contents = sample.backend.contents
      contents[pack] = nil
      let repository = try sample.repository.reopened(on: InMemoryBackend(contents: contents))
      try repository.refreshIndex()
      let reader = try repository.reading(to: "test").chunkReader()
      let id = reader.identify([1, 2, 3], kind: .data)
      #expect(try reader.withChunk(id, kind: .data) { Array($0) } == [1, 2, 3])
      let place = try reader.place(of: id, kind: .data)
      #expect(try reader.withChunk(id, kind: .data, at: place) { Array($0) } == [1, 2, 3])
    }
    for pack in packs {
      let backend = InMemoryBackend(contents: sample.backend.contents)
      backend.damage(pack) { $0?[100] ^= 1 }
      let repository = try sample.repository.reopened(on: backend)
      try repository.refreshIndex()
      let reader = try repository.reading(to: "test").chunkReader()
      let id = reader.identify([1, 2, 3], kind: .data)
      let place = try reader.place(of: id, kind: .data)
      #expect(try reader.withChunk(id, kind: .data, at: place) { Array($0) } == [1, 2, 3])
    }
  }
}

extension ChunkReader {
  fileprivate func identify(_ bytes: [UInt8], kind: ChunkKind) -> ChunkID {
    bytes.withUnsafeBytes { identify($0, kind: kind) }
  }
}
