package import Backend
package import Cryptography
package import Format
package import Repository
package import TestSupport

/// A small repository in memory that holds at least one object of every kind, and what its files contain.
package final class SampleRepository {
  package static let time = Timestamp(seconds: 1_800_000_000)
  package static let password = secret("correct horse")
  package static let writePassword = secret("battery staple")

  package let backend: InMemoryBackend
  package let repository: Repository
  package let cacheDirectory: TemporaryDirectory
  /// Path → content, for each snapshot by id.
  package private(set) var files: [SnapshotID: [String: [UInt8]]] = [:]

  package static func secret(_ text: String) -> SecretBytes {
    Array(text.utf8).withUnsafeBytes { SecretBytes(copying: $0) }
  }

  /// An empty repository with small frames and packs.
  package init(parameters change: (inout RepositoryParameters) -> Void = { _ in }) throws {
    backend = InMemoryBackend()
    var parameters = RepositoryParameters()
    parameters.frameTarget = 16 << 10
    parameters.packTarget = 64 << 10
    change(&parameters)
    _ = try Repository.create(
      on: backend, password: Self.password, parameters: parameters,
      slot: KeySlotLabel(label: "first", host: "web1", user: "root"), cost: .least, now: Self.time)
    cacheDirectory = TemporaryDirectory(inMemory: true)
    repository = try Repository.open(backend, password: Self.password, cacheDirectory: cacheDirectory.path)
  }

  /// A repository with two snapshots, a write slot, an intent, a tombstone, a sweep record and an abort record.
  package static func filled(seed: UInt64 = 1) throws -> SampleRepository {
    let sample = try SampleRepository()
    var random = SeededGenerator(seed: seed)
    var files: [String: [UInt8]] = [
      "etc/hosts": Array("127.0.0.1 localhost\n".utf8), "etc/empty": [], "data/noise": random.bytes(40_000),
      "data/text": Array(repeatElement("all work and no play ".utf8, count: 1500).joined()),
      "data/listed": random.bytes(70 * 300),
    ]
    let first = try sample.backUp(files, sequence: 1)
    files["etc/hosts"] = Array("127.0.0.1 localhost localhost.localdomain\n".utf8)
    files["data/more"] = random.bytes(5_000)
    _ = try sample.backUp(files, sequence: 2, previous: sample.repository.storedSnapshot(first).hash)
    try sample.addRecords()
    return sample
  }

  /// Stores files below two levels of directories and commits a snapshot of them.
  @discardableResult
  package func backUp(
    _ files: [String: [UInt8]], sequence: UInt64 = 1, previous: Digest256? = nil
  ) throws -> SnapshotID {
    let session = try begin()
    let writer = try session.chunkWriter()
    let tree = try TreeBuilder(writer: writer).store(files)
    try writer.flush()
    try session.finish()
    try repository.commit(snapshot(of: tree, session: session, sequence: sequence, previous: previous), of: session)
    self.files[session.snapshotID] = files
    return session.snapshotID
  }

  /// Takes note of what a snapshot holds that was committed some other way.
  package func remember(_ files: [String: [UInt8]], as snapshot: SnapshotID) { self.files[snapshot] = files }

  package func begin(_ compression: CompressionLevel = .default) throws -> WriteSession {
    try repository.beginWriting(
      by: SessionOwner(time: Self.time, host: "web1", user: "root", process: 1, program: "test"),
      compression: compression)
  }

  package func snapshot(
    of tree: ChunkID, session: WriteSession, sequence: UInt64 = 1, previous: Digest256? = nil
  ) -> Snapshot {
    Snapshot(
      id: session.snapshotID, time: Timestamp(seconds: Self.time.seconds + Int64(sequence)), host: "web1", user: "root",
      roots: [SnapshotRoot(kind: .tree, tree: tree)], paths: ["/etc", "/data"], program: "test", sequence: sequence,
      previous: previous)
  }

  private func addRecords() throws {
    _ = try repository.addKey(
      .write, password: Self.writePassword, label: KeySlotLabel(label: "writer", host: "web1", user: "root"),
      cost: .least,
      now: Self.time)
    _ = try begin()
    var random = SystemRandomNumberGenerator()
    let aborted = SnapshotID.random(using: &random)
    let abort = AbortRecord(id: aborted, time: Self.time, tombstone: 7)
    try put(.abort, ObjectName(.snapshots, aborted.hex), abort.encode())
    let doomed = PackID([UInt8](repeating: 7, count: 32).withUnsafeBytes { Digest256($0) })
    let set = PackSet(number: 7, time: Self.time, packs: [doomed])
    let name = PackSet.objectName(number: 7)
    try put(.tombstone, ObjectName(.tombstones, name), set.encode())
    try put(.sweep, ObjectName(.sweeps, name), set.encode())
  }

  package func put(_ kind: RecordKind, _ name: ObjectName, _ body: [UInt8]) throws {
    try backend.put(name, repository.seal(kind, name: name.name, body: body))
  }

  /// The objects of an area.
  package func names(_ area: ObjectArea) -> [ObjectName] {
    backend.contents.keys.filter { $0.area == area }.sorted()
  }
}
