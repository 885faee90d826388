import Backend
import BackendTestSupport
import Cryptography
import Format
import Snapshots
import Synchronization
import TestSupport
import Testing

@testable import Repository

/// A repository with snapshots, and others in memory to copy them to.
final class CopyFixture {
  let archive: ArchiveFixture
  private var random: SeededGenerator

  init(seed: UInt64 = 1) throws {
    archive = try ArchiveFixture { parameters in
      (parameters.minimumChunkSize, parameters.averageChunkSize, parameters.maximumChunkSize) = (64, 8256, 16 << 10)
      parameters.frameTarget = 64 << 10
      parameters.packTarget = 128 << 10
    }
    random = SeededGenerator(seed: seed)
  }

  var source: Repository { archive.repository }

  /// Words, which can be compressed.
  func words(_ count: Int) -> [UInt8] {
    Array((0..<count).map { _ in "\(random.next() % 5_000) " }.joined().utf8)
  }

  /// Two snapshots: files small, large, empty and sparse; the second one changed here and there.
  ///
  /// - Parameter isWide: there is a directory that is split into several tree objects, too.
  func fill(isWide: Bool = false) throws -> [TakenSnapshot] {
    let files = archive.source
    files.makeDirectory("many")
    let name = String(repeating: "n", count: 200)
    for number in 0..<(isWide ? 1_300 : 20) {
      try files.write("many/\(name)\(number)", number.isMultiple(of: 9) ? "\(number)" : "")
    }
    // So many chunks that there is a list of them.
    try files.write("large", words(150_000))
    try files.write("empty", "")
    try files.write("sparse", words(5_000), at: 3 << 20)
    let first = try archive.backUp()
    try files.write("large", words(500), at: 300_000)
    try files.write("new", words(10_000))
    return [first, try archive.backUp { $0.parent = .automatic }]
  }

  /// The snapshots of the source, as a command would have them copied.
  @discardableResult
  func copy(
    from source: Repository? = nil, to targets: [CopyPlace], progress: CopyProgress = CopyProgress(),
    observe: @escaping (CopyEvent) throws -> Void = { _ in }
  ) throws -> [CopyEvent] {
    let source = source ?? self.source
    let events = Gathered()
    let copier = try SnapshotCopier(
      from: source, to: targets.map(\.repository), by: { .test }, progress: progress
    ) { event in
      events.all.append(event)
      try observe(event)
    }
    let listing = try source.snapshots()
    try copier.copy(listing.snapshots, hashes: listing.hashes)
    return events.all
  }

  /// What a copy would do.
  func rehearse(to targets: [CopyPlace]) throws -> [CopyEvent] {
    let events = Gathered()
    let copier = try SnapshotCopier(
      from: source, to: targets.map(\.repository), by: { .test }, progress: CopyProgress()
    ) { events.all.append($0) }
    let listing = try source.snapshots()
    try copier.rehearse(listing.snapshots, hashes: listing.hashes)
    return events.all
  }

  /// The first chunk of a file.
  func chunk(_ file: String, of taken: TakenSnapshot) throws -> ChunkID {
    try #require(
      try archive.contents(of: taken).items(file).lazy.compactMap { item -> ChunkID? in
        if case .chunk(let id, _) = item { id } else { nil }
      }.first)
  }

  /// A pack of the source that a chunk lies in.
  func pack(holding chunk: ChunkID) throws -> PackDescription? {
    var found: PackDescription?
    try source.index.forEachPack { pack, _ in
      if pack.directory.chunks.contains(where: { $0.id == chunk }) { found = pack }
    }
    return found
  }

  /// Takes the pack that a chunk lies in out of the source and its index, and leaves the others.
  func lose(_ chunk: ChunkID) throws {
    let lost = try #require(try pack(holding: chunk)).id
    var others: [PackDescription] = []
    try source.index.forEachPack { pack, _ in
      if pack.id != lost { others.append(pack) }
    }
    let memory = archive.memory
    try memory.delete([ObjectName.pack(lost)] + memory.contents.keys.filter { $0.area == .index })
    let id = SegmentID(session: SnapshotID(high: 1, low: 1), number: 1)
    #expect(try source.context.publish(IndexSegment(packs: others), as: id))
  }

  /// Has what snapshots of the source hold, by time, as clients find it that know nothing yet.
  func contents(of repository: InMemoryBackend, _ password: SecretName) throws -> [Timestamp: [String: [UInt8]]] {
    let cache = CacheDirectory()
    let fresh = try Repository.open(repository, password: password.secret, cacheDirectory: cache.path)
    var contents: [Timestamp: [String: [UInt8]]] = [:]
    for snapshot in try fresh.snapshots().snapshots {
      let found = try SnapshotContents(of: snapshot, below: archive.source.path, repository: fresh)
      // Entries that hold no bytes count by being there.
      contents[snapshot.time] = found.files.merging(found.names.lazy.map { ($0, []) }) { bytes, _ in bytes }
    }
    return contents
  }

  var contents: [Timestamp: [String: [UInt8]]] {
    get throws { try contents(of: archive.memory, .source) }
  }

  private final class Gathered {
    var all: [CopyEvent] = []
  }
}

/// Passwords of the repositories of these tests.
enum SecretName {
  case source, target

  var secret: SecretBytes {
    switch self {
    case .source: ArchiveFixture.fullPassword
    case .target: ArchiveFixture.secret("target")
    }
  }
}

/// A repository to copy to, whose storage fails on demand.
final class CopyPlace {
  let memory: InMemoryBackend
  let faulty: FaultyBackend
  let repository: Repository
  private let cache: CacheDirectory

  /// - Parameter like: a repository whose chunk ids it shares.
  init(like: Repository? = nil, seed: UInt64 = 1) throws {
    memory = InMemoryBackend()
    cache = CacheDirectory()
    faulty = FaultyBackend(memory, seed: seed)
    var parameters = like.map { RepositoryParameters($0.configuration) } ?? RepositoryParameters()
    if like == nil {
      parameters.frameTarget = 48 << 10
      parameters.maximumChunkSize = 48 << 10
      parameters.packTarget = 128 << 10
    }
    _ = try Repository.create(
      on: memory, password: SecretName.target.secret, parameters: parameters, like: like,
      slot: KeySlotLabel(label: "", host: "test", user: "test"), cost: .least, now: Timestamp(seconds: 5))
    repository = try Repository.open(faulty, password: SecretName.target.secret, cacheDirectory: cache.path)
  }

  /// The repository of an archive.
  init(_ archive: ArchiveFixture) {
    memory = archive.memory
    faulty = FaultyBackend(memory)
    cache = archive.cache
    repository = archive.repository
  }

  private init(_ place: CopyPlace, password: SecretBytes) throws {
    memory = place.memory
    faulty = FaultyBackend(memory)
    cache = CacheDirectory()
    repository = try Repository.open(faulty, password: password, cacheDirectory: cache.path)
  }

  /// The same one, opened with another password.
  func reopened(password: SecretBytes) throws -> CopyPlace { try CopyPlace(self, password: password) }

  /// Nothing is wrong with what it holds.
  func verify(_ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let cache = CacheDirectory()
    let fresh = try Repository.open(memory, password: SecretName.target.secret, cacheDirectory: cache.path)
    let report = try fresh.check(CheckOptions(data: .all, threads: 2))
    let problems = report.findings.filter { $0.severity != .note }
    #expect(problems.isEmpty, comment, sourceLocation: sourceLocation)
  }

  func names(_ area: ObjectArea) -> Set<ObjectName> { Set(memory.contents.keys.filter { $0.area == area }) }
}

extension PackDescription {
  /// The same, but that one of its chunks is said to be another one.
  func describing(_ chunk: ChunkID, as other: ChunkID) throws -> PackDescription {
    var directory = PackDirectory()
    for frame in self.directory.frames {
      directory.appendFrame(
        sealedLength: Int(frame.sealedLength), codec: frame.codec,
        chunks: self.directory.chunks[frame.chunkRange].map {
          (id: $0.id == chunk ? other : $0.id, kind: $0.kind, length: Int($0.length))
        })
    }
    return PackDescription(
      id: id, length: length, kind: kind, ephemeralKey: ephemeralKey, commitment: commitment, directory: directory)
  }
}

extension [CopyEvent] {
  var copied: [CopiedSnapshot] { compactMap { if case .copied(let copied) = $0 { copied } else { nil } } }

  var present: [SnapshotID] { compactMap { if case .present(let snapshot, _, _) = $0 { snapshot.id } else { nil } } }

  var gone: [SnapshotID] { compactMap { if case .gone(let snapshot) = $0 { snapshot.id } else { nil } } }

  var unreadable: [(snapshot: Snapshot, lost: LostContent)] {
    compactMap { if case .unreadable(let snapshot, let lost) = $0 { (snapshot, lost) } else { nil } }
  }

  var failed: [Int] { compactMap { if case .failed(let target, _) = $0 { target } else { nil } } }
}
