import Backend
import Cryptography
import Format
@testable import Repository
import RepositoryFixture
import Synchronization
import TestSupport
import Testing

/// A repository in memory, prunes of it, and what its snapshots must give back.
final class PruneFixture {
  let sample: SampleRepository
  private var random: SeededGenerator

  init(seed: UInt64 = 1, parityPercentage: UInt32 = 0, packTarget: UInt64 = 64 << 10) throws {
    sample = try SampleRepository {
      $0.parityPercentage = parityPercentage
      $0.packTarget = packTarget
    }
    random = SeededGenerator(seed: seed)
  }

  var backend: InMemoryBackend { sample.backend }
  var repository: Repository { sample.repository }

  /// A clock that stands, a pause that ends at once, and no dead processes.
  static func watch(
    now: Int64 = SampleRepository.time.seconds + 60, isDead: Bool = false, pause: @escaping @Sendable () -> Void = {}
  ) -> SessionWatch {
    SessionWatch(now: { Timestamp(seconds: now) }, pause: { _ in pause() }, isDead: { _ in isDead })
  }

  static let owner = SessionOwner(
    time: SampleRepository.time, host: "h", user: "u", process: 2, program: "test")

  /// Options that leave nothing unused and wait for nobody.
  static var thorough: PruneOptions {
    var options = PruneOptions()
    options.unused = .percentage(0)
    options.patience = .zero
    return options
  }

  func noise(_ count: Int) -> [UInt8] { random.bytes(count) }

  /// Files of noise, each of a few chunks.
  func files(_ names: some Sequence<String>, _ count: Int = 6_000) -> [String: [UInt8]] {
    Dictionary(uniqueKeysWithValues: names.map { ("d/\($0)", noise(count)) })
  }

  /// Stores files once more, by a client that doesn't know that they are stored, and takes no snapshot of them.
  func storeAgain(_ files: [String: [UInt8]]) throws {
    let segments = backend.contents.filter { $0.key.area == .index }
    try backend.delete(Array(segments.keys))
    let client = try newcomer()
    let session = try client.repository.beginWriting(by: Self.owner)
    let writer = try session.chunkWriter()
    _ = try TreeBuilder(writer: writer).store(files)
    try writer.flush()
    try session.finish()
    try client.repository.abandon(session)
    for (name, bytes) in segments { try backend.put(name, bytes) }
  }

  /// The packs of data that readable segments name and that hold the first chunk of a file, by name.
  func packs(ofFirstChunkOf bytes: [UInt8]) throws -> [PackDescription] {
    let reader = try repository.reading(to: "test").chunkReader()
    let id = bytes.prefix(4096).withUnsafeBytes { reader.identify($0, kind: .data) }
    return try packs(.data).filter { $0.directory.chunks.contains { $0.id == id } }.sorted { $0.id < $1.id }
  }

  func forget(_ snapshot: SnapshotID) throws {
    try backend.delete(.snapshot(snapshot))
  }

  @discardableResult
  func prune(
    _ options: PruneOptions = PruneFixture.thorough, repository: Repository? = nil,
    watch: SessionWatch = PruneFixture.watch()
  ) throws(RepositoryError) -> PruneReport {
    try (repository ?? self.repository).prune(options, by: Self.owner, watch: watch)
  }

  /// Every standing snapshot gives back what was put into it, to a client that knows nothing yet.
  func verify(_ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let caches = TemporaryDirectory(inMemory: true)
    let fresh = try Repository.open(
      InMemoryBackend(contents: backend.contents), password: SampleRepository.password, cacheDirectory: caches.path)
    try fresh.refreshIndex()
    for snapshot in try fresh.snapshots().snapshots {
      let files = try fresh.readAll(snapshot)
      #expect(files == sample.files[snapshot.id], comment, sourceLocation: sourceLocation)
    }
    let report = try fresh.check(CheckOptions(data: .all, threads: 1))
    #expect(!report.hasErrors, "\(report.findings)", sourceLocation: sourceLocation)
  }

  /// The bytes of all packs.
  var packBytes: Int { backend.contents.reduce(0) { $0 + ($1.key.area == .packs ? $1.value.count : 0) } }
}
