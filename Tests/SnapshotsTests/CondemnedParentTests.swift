import Backend
import Cryptography
import FileSystem
import Format
import Glibc
import Repository
import Snapshots
import Testing

@Suite("A parent snapshot in condemned packs")
final class CondemnedParentTests {
  private let directory = "/tmp/firn-condemned-\(getpid())-\(UInt64.random(in: 0 ... .max))"
  private let password = Array("x".utf8).withUnsafeBytes { SecretBytes(copying: $0) }

  init() throws {
    for name in ["", "/source"] { try #require(mkdir(directory + name, 0o700) == 0) }
    var random = SystemRandomNumberGenerator()
    for _ in 0..<5000 {
      // Names that don't compress, so that each tree object fills a pack.
      let name = (0..<4).map { _ in String(random.next(), radix: 36) }.joined()
      let file = open("\(directory)/source/\(name)", O_CREAT | O_WRONLY, 0o600)
      try #require(file >= 0)
      close(file)
    }
  }

  deinit { _ = Glibc.system("rm -rf \(directory)") }

  private func open(_ backend: InMemoryBackend, cache: String) throws -> Repository {
    mkdir("\(directory)/\(cache)", 0o700)
    return try Repository.open(backend, password: password, cacheDirectory: "\(directory)/\(cache)")
  }

  private func open(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 { Glibc.open(path, flags, mode) }

  private func backUp(_ repository: Repository, at seconds: Int64) throws -> Snapshot {
    let label = SnapshotLabel(
      host: "h", user: "u", program: "test", time: Format.Timestamp(seconds: seconds), owner: { .test })
    let result = try Archiver(
      repository: repository, options: BackupOptions(), progress: BackupProgress { _ in }
    ).backUp(paths: [try #require(PathBytes(directory + "/source"))], label: label)
    return try #require(result.snapshot)
  }

  /// Counts the files below a tree, reading every object of it from the repository.
  private func count(_ tree: ChunkID, _ reader: TreeReader) throws -> Int {
    var files = 0
    for node in try reader.nodes(of: tree) {
      if case .directory(let id) = node.content { files += try count(id, reader) } else { files += 1 }
    }
    return files
  }

  @Test("A split directory is stored again where it lies in packs that a tombstone names")
  func split() throws {
    let first = InMemoryBackend()
    var parameters = RepositoryParameters()
    parameters.frameTarget = 16 << 10
    parameters.packTarget = 16 << 10
    _ = try Repository.create(
      on: first, password: password, parameters: parameters, slot: KeySlotLabel(label: "", host: "h", user: "u"),
      cost: .least, now: Format.Timestamp(seconds: 1))
    _ = try backUp(open(first, cache: "first"), at: 2)
    let packs = first.contents.keys.filter { $0.area == .packs }.sorted()
    try #require(packs.count > 2)
    for (number, pack) in packs.enumerated() {
      let backend = InMemoryBackend(contents: first.contents)
      let repository = try open(backend, cache: "first")
      let set = PackSet(
        number: 1, time: Format.Timestamp(seconds: 3), packs: [try #require(PackID(hex: pack.name))])
      let tombstone = try ObjectName(.tombstones, PackSet.objectName(number: 1))
      try backend.put(tombstone, repository.seal(.tombstone, name: tombstone.name, body: set.encode()))
      let snapshot = try backUp(repository, at: 4)
      // What the prune does then.
      try backend.delete([pack, tombstone])
      let fresh = try open(backend, cache: "fresh\(number)")
      try fresh.refreshIndex()
      let root = try #require(snapshot.roots.first).tree
      #expect(try count(root, fresh.reading(to: "test").treeReader()) == 5000, "pack \(number) was condemned")
    }
  }
}
