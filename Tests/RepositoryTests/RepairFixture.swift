import Backend
import BackendTestSupport
import Format
@testable import Repository
import RepositoryFixture
import TestSupport
import Testing

extension PruneFixture {
  /// A repository with two snapshots that share a file, in several packs.
  static func filled(parityPercentage: UInt32 = 0) throws -> PruneFixture {
    let fixture = try PruneFixture(parityPercentage: parityPercentage)
    let shared = fixture.files(["shared"], 40_000)
    try fixture.sample.backUp(shared.merging(fixture.files(["old"], 90_000)) { $1 })
    try fixture.sample.backUp(shared.merging(fixture.files(["new"], 90_000)) { $1 }, sequence: 2)
    return fixture
  }

  /// A client that knows nothing yet.
  func newcomer(_ backend: (any Backend)? = nil) throws -> Client { try Client(backend ?? self.backend) }

  /// The packs that readable segments name.
  func packs(_ kind: PackKind? = nil) throws -> [PackDescription] {
    let context = repository.context
    let segments = try context.listSegments().sorted().compactMap { try? context.segment($0) }
    return segments.flatMap(\.packs).filter { kind == nil || $0.kind == kind }
  }

  /// Changes a pack.
  func damage(_ pack: PackID, _ change: (inout [UInt8]) -> Void) throws {
    backend.damage(try .pack(pack)) { bytes in
      guard var changed = bytes else { return }
      change(&changed)
      bytes = changed
    }
  }

  /// The content of all files that can be read, by snapshot and path.
  func readable() throws -> [SnapshotID: Set<String>] {
    let client = try newcomer(InMemoryBackend(contents: backend.contents))
    try? client.repository.refreshIndex()
    var readable: [SnapshotID: Set<String>] = [:]
    for snapshot in try client.repository.snapshots().snapshots {
      guard let files = sample.files[snapshot.id] else { continue }
      for (path, content) in files where (try? client.repository.read(path, of: snapshot)) == content {
        readable[snapshot.id, default: []].insert(path)
      }
    }
    return readable
  }

  /// Everything worse than a note that a new client's check finds.
  func findings(_ data: CheckOptions.DataSelection = .all) throws -> [CheckFinding] {
    try newcomer().repository.check(CheckOptions(data: data, threads: 2)).findings.filter { $0.severity != .note }
  }
}

extension PruneFixture {
  /// Runs `body` again and again on the repository as it is now, with the next call of the operation failing each time,
  /// until there is none left. Whatever could be read before must be readable then; and `body` must complete when it is
  /// run once more, with `outcome` as it should be.
  func failEverywhere(
    at operation: FaultyBackend.Operation, _ body: (Repository) throws(RepositoryError) -> Void,
    then outcome: () throws -> Void
  ) throws {
    let damaged = backend.contents
    let readable = try readable()
    for call in 1...200 {
      for fault: FaultyBackend.Fault in [.fail(.io), .loseReply(.io)] {
        reset(to: damaged)
        let faulty = FaultyBackend(backend)
        let client = try newcomer(faulty)
        let before = faulty.calls(of: operation)
        faulty.inject(fault, into: operation, call: call)
        try? body(client.repository)
        let wasReached = faulty.calls(of: operation) - before >= call
        let kept = try self.readable()
        for (snapshot, paths) in readable {
          #expect(kept[snapshot]?.isSuperset(of: paths) == true, "after \(fault) at call \(call)")
        }
        try body(newcomer().repository)
        try outcome()
        if !wasReached { return }
      }
    }
    Issue.record("more than 200 calls of \(operation)")
  }

  private func reset(to contents: [ObjectName: [UInt8]]) {
    for name in Set(contents.keys).union(backend.contents.keys) { backend.damage(name) { $0 = contents[name] } }
  }
}

/// A repository opened with a cache of its own.
final class Client {
  let caches = TemporaryDirectory(inMemory: true)
  let repository: Repository

  init(_ backend: any Backend) throws {
    repository = try Repository.open(backend, password: SampleRepository.password, cacheDirectory: caches.path)
  }
}

extension Repository {
  /// One file of a snapshot, read from packs and never from cached trees.
  fileprivate func read(_ path: String, of snapshot: Snapshot) throws -> [UInt8]? {
    let chunks = try reading(to: "read").chunkReader()
    guard var tree = snapshot.roots.first?.tree else { return nil }
    let names = path.split(separator: "/")
    for (depth, name) in names.enumerated() {
      let bytes = try chunks.withChunk(tree, kind: .tree) { Array($0) }
      guard case .leaf(let leaf) = try TreeObject.decode(bytes),
        let node = leaf.nodes.first(where: { $0.name == Array(name.utf8) })
      else { return nil }
      switch node.content {
      case .directory(let below): tree = below
      case .file(let items) where depth == names.count - 1: return try read(items, chunks)
      default: return nil
      }
    }
    return nil
  }

  private func read(_ items: [ContentItem], _ chunks: ChunkReader) throws -> [UInt8] {
    var bytes: [UInt8] = []
    for item in items {
      switch item {
      case .chunk(let id, _): bytes += try chunks.withChunk(id, kind: .data) { Array($0) }
      case .list(let id, _):
        bytes += try read(ContentList.decode(chunks.withChunk(id, kind: .contentList) { Array($0) }).items, chunks)
      case .hole(let length), .zeros(let length): bytes += [UInt8](repeating: 0, count: Int(length))
      }
    }
    return bytes
  }
}
