import Backend
import CTestCalls
import Cryptography
import FileSystem
import Format
import Glibc
import Repository
import Snapshots
import Synchronization
import TestSupport
import Testing

/// A source directory and a repository in memory to back it up to.
final class ArchiveFixture {
  static let fullPassword = secret("full")
  static let writePassword = secret("write")

  let source = SourceDirectory()
  let memory: InMemoryBackend
  let cache = CacheDirectory()
  let repository: Repository
  /// When the last snapshot was taken, in seconds: long after its files changed, so that their times are to be believed.
  /// Nil has snapshots taken at the time it is.
  var clock: Int64? = 4_000_000_000

  init(capacity: UInt64? = nil, parameters change: (inout RepositoryParameters) -> Void = { _ in }) throws {
    memory = InMemoryBackend(capacity: capacity)
    var parameters = RepositoryParameters()
    change(&parameters)
    let now = Format.Timestamp(seconds: 1_700_000_000)
    _ = try Repository.create(
      on: memory, password: Self.fullPassword, parameters: parameters,
      slot: KeySlotLabel(label: "", host: "test", user: "test"), cost: .least, now: now)
    repository = try Repository.open(memory, password: Self.fullPassword, cacheDirectory: cache.path)
  }

  static func secret(_ text: String) -> SecretBytes {
    Array(text.utf8).withUnsafeBytes { SecretBytes(copying: $0) }
  }

  /// The same repository as another client sees it, whose cache is empty unless one is given.
  func reopened(password: SecretBytes = fullPassword, cache: CacheDirectory) throws -> Repository {
    try Repository.open(memory, password: password, cacheDirectory: cache.path)
  }

  func addWriteKey() throws {
    _ = try repository.addKey(
      .write, password: Self.writePassword, label: KeySlotLabel(label: "", host: "test", user: "test"), cost: .least,
      now: Format.Timestamp(seconds: 1_700_000_000))
  }

  func label(host: String = "test") -> SnapshotLabel {
    clock = clock.map { $0 + 1 }
    var time = Format.Timestamp(seconds: clock ?? 0)
    if clock == nil {
      let now = FileSystem.Timestamp.now()
      time = Format.Timestamp(seconds: now.seconds, nanoseconds: now.nanoseconds)
    }
    return SnapshotLabel(host: host, user: "test", program: "test", time: time, owner: { .test })
  }

  /// Backs up a part of the source, all of it by default.
  func backUp(
    _ name: String = "", to repository: Repository? = nil, host: String = "test", workers: Int = 2,
    progress: BackupProgress? = nil, _ change: (inout BackupOptions) throws -> Void = { _ in }
  ) throws -> TakenSnapshot {
    var options = BackupOptions()
    options.workers = workers
    try change(&options)
    let problems = ProblemList()
    let archiver = Archiver(
      repository: repository ?? self.repository, options: options, progress: progress ?? problems.progress)
    let before = names(.packs)
    let result = try archiver.backUp(paths: [source.bytes(name)], label: label(host: host))
    return TakenSnapshot(
      result: result, snapshot: try #require(result.snapshot), problems: problems.all,
      newPacks: Set(names(.packs).subtracting(before).map { isData($0) ? .data : .metadata }),
      source: source.full(name))
  }

  /// The byte of a pack's header that tells its kind.
  private func isData(_ pack: ObjectName) -> Bool { memory.contents[pack]?[9] == 1 }

  func names(_ area: ObjectArea) -> Set<ObjectName> { Set(memory.contents.keys.filter { $0.area == area }) }

  /// What the snapshot has below its source, by path from there, read from the packs alone.
  func contents(of taken: TakenSnapshot) throws -> SnapshotContents {
    let cache = CacheDirectory()
    return try SnapshotContents(
      of: taken.snapshot, below: taken.source, repository: try reopened(cache: cache))
  }
}

extension SessionOwner {
  /// Who runs the sessions of tests.
  static let test = SessionOwner(
    time: Format.Timestamp(seconds: 5), host: "test", user: "test", process: 1, program: "test")
}

/// A directory for a client's cache, in memory, since a cache is flushed often.
final class CacheDirectory: Sendable {
  private let directory = TestSupport.TemporaryDirectory(inMemory: true)
  var path: String { directory.path }
}

/// What a backup made.
struct TakenSnapshot {
  let result: BackupResult
  let snapshot: Snapshot
  let problems: [BackupProblem]
  /// The kinds of the packs it added.
  let newPacks: Set<PackKind>
  let source: String

  var statistics: SnapshotStatistics { result.statistics }
  var messages: [String] { problems.map { "\(String(decoding: $0.path, as: UTF8.self)): \($0.message)" } }
  var root: ChunkID? { snapshot.roots.first?.tree }
}

/// Gathers the problems of a backup.
final class ProblemList: Sendable {
  private let problems: Gathered
  let progress: BackupProgress

  private final class Gathered: Sendable {
    let list = Mutex<[BackupProblem]>([])
  }

  init() {
    let problems = Gathered()
    self.problems = problems
    progress = BackupProgress { problem in problems.list.withLock { $0.append(problem) } }
  }

  var all: [BackupProblem] { problems.list.withLock { $0 } }
}

/// The entries of a snapshot and their contents.
struct SnapshotContents {
  private(set) var entries: [String: TreeEntry] = [:]
  private(set) var files: [String: [UInt8]] = [:]
  private let trees: TreeReader

  init(of snapshot: Snapshot, below path: String, repository: Repository) throws {
    try repository.refreshIndex()
    let reading = try repository.reading(to: "test")
    trees = try reading.treeReader()
    let reader = ContentReader(chunks: try reading.chunkReader())
    let root = try #require(snapshot.roots.first?.tree)
    let location = try SnapshotTree(reader: trees, root: root).locate(Array(path.utf8))
    if case .entry(let entry) = location { try add(entry, as: "", reader) }
    guard let tree = location.tree else { return }
    var walk = TreeWalk(reader: trees, tree: tree, path: Array(path.utf8))
    while let step = try walk.next() {
      guard case .entry(let entry) = step else { continue }
      let name = PathText.escape(Array(entry.path.dropFirst(path == "/" ? 1 : path.utf8.count + 1)))
      try add(entry, as: name, reader)
    }
  }

  private mutating func add(_ entry: TreeEntry, as name: String, _ reader: ContentReader) throws {
    entries[name] = entry
    guard entry.node.type == .file else { return }
    var bytes: [UInt8] = []
    try reader.read(entry) { (piece) throws(SnapshotsError) in
      switch piece {
      case .data(let data): bytes.append(contentsOf: data)
      case .zeros(let count, _): bytes.append(contentsOf: [UInt8](repeating: 0, count: Int(count)))
      }
    }
    files[name] = bytes
  }

  /// The names of all entries but the source itself.
  var names: Set<String> { Set(entries.keys.filter { !$0.isEmpty }) }

  func node(_ name: String) throws -> Node { try #require(entries[name]?.node, "\(name) is not in the snapshot") }

  func text(_ name: String) -> String? { files[name].map { String(decoding: $0, as: UTF8.self) } }

  func items(_ name: String) throws -> [ContentItem] {
    guard case .file(let items) = try node(name).content else { return [] }
    return items
  }

  func tree(_ name: String = "") throws -> ChunkID { try #require(entries[name]?.tree) }

  /// The tree objects that make up a directory: branches and leaves.
  func objects(of name: String = "") throws -> (branches: Set<ChunkID>, leaves: Set<ChunkID>) {
    var found: (branches: Set<ChunkID>, leaves: Set<ChunkID>) = ([], [])
    var pending = [try tree(name)]
    while let id = pending.popLast() {
      switch try trees.object(id).withUnsafeBytes({ try TreeObject.decode($0) }) {
      case .leaf: found.leaves.insert(id)
      case .branch(let children):
        found.branches.insert(id)
        pending += children.map(\.id)
      }
    }
    return found
  }
}

/// Runs without a privileged user's rights over files: those of this thread and of the threads that it starts.
func withoutFileRights<Result>(_ body: () throws -> Result) rethrows -> Result {
  guard geteuid() == 0 else { return try body() }
  setfsuid(65534)
  defer { setfsuid(0) }
  return try body()
}
