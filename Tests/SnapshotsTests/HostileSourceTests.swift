import Backend
import Cryptography
import FileSystem
import Format
import Glibc
import Repository
@testable import Snapshots
import Synchronization
import Testing

/// What anybody may make in a directory that somebody else backs up.
@Suite("Hostile sources")
final class HostileSourceTests {
  // In memory: its files may be of any size, and have any number of attributes.
  private let directory = "/dev/shm/firn-hostile-\(getpid())-\(UInt64.random(in: 0 ... .max))"

  init() throws {
    for name in ["", "/source", "/cache"] { try #require(mkdir(directory + name, 0o700) == 0) }
  }

  deinit {
    // By the shell, whose rm goes down trees deeper than a path is long.
    _ = Glibc.system("rm -rf \(directory)")
  }

  private func makeRepository(_ change: (inout RepositoryParameters) -> Void = { _ in }) throws -> Repository {
    let backend = InMemoryBackend()
    let password = Array("x".utf8).withUnsafeBytes { SecretBytes(copying: $0) }
    var parameters = RepositoryParameters()
    change(&parameters)
    _ = try Repository.create(
      on: backend, password: password, parameters: parameters,
      slot: KeySlotLabel(label: "", host: "h", user: "u"), cost: .least, now: Format.Timestamp(seconds: 1))
    return try Repository.open(backend, password: password, cacheDirectory: directory + "/cache")
  }

  private func backUp(
    _ path: String? = nil, options: BackupOptions = BackupOptions(), to repository: Repository? = nil,
    at time: Int64 = 2,
    _ change: (inout RepositoryParameters) -> Void = { _ in }
  ) throws -> (result: BackupResult, problems: [String]) {
    let repository = try repository ?? makeRepository(change)
    let problems = Mutex<[String]>([])
    let progress = BackupProgress { problem in problems.withLock { $0.append(problem.message) } }
    let label = SnapshotLabel(
      host: "h", user: "u", program: "test", time: Format.Timestamp(seconds: time), owner: { .test })
    let source = try #require(PathBytes(path ?? directory + "/source"))
    let result = try Archiver(repository: repository, options: options, progress: progress)
      .backUp(paths: [source], label: label)
    return (result, problems.withLock { $0 })
  }

  private func file(_ name: String, size: Int = 0) throws -> Int32 {
    let descriptor = open("\(directory)/source/\(name)", O_CREAT | O_RDWR, 0o600)
    try #require(descriptor >= 0)
    try #require(ftruncate(descriptor, size) == 0)
    return descriptor
  }

  @Test("A tree a thousand levels deep is backed up")
  func deep() throws {
    var current = try Directory(at: try #require(PathBytes(directory + "/source")))
    for _ in 0..<1000 {
      try #require(mkdirat(current.rawDescriptor, "d", 0o700) == 0)
      current = try current.openDirectory("d")
    }
    let (result, problems) = try backUp()
    #expect(problems.isEmpty)
    #expect(result.statistics.directories > 1000)
  }

  @Test("Directories that can't be kept open are opened again", arguments: [0, 1, 3])
  func fewDescriptors(limit: Int) throws {
    var current = try Directory(at: try #require(PathBytes(directory + "/source")))
    for _ in 0..<50 {
      for name in ["a", "b", "c"] { try #require(mkdirat(current.rawDescriptor, name, 0o700) == 0) }
      close(openat(current.rawDescriptor, "file", O_CREAT | O_WRONLY, 0o600))
      current = try current.openDirectory("a")
    }
    var options = BackupOptions()
    options.openDirectories = limit
    let (result, problems) = try backUp(options: options)
    #expect(problems.isEmpty)
    #expect(result.statistics.files == 50)
    #expect(result.statistics.directories >= 151)
  }

  @Test("A file longer than the format can say is left out, and the rest goes on")
  func endless() throws {
    close(try file("endless", size: 7 << 60))
    close(try file("plain"))
    let (result, problems) = try backUp()
    #expect(problems.count == 1)
    #expect(result.statistics.files == 1)
  }

  @Test("Extended attributes larger than a tree object are left out, and the file is not; each backup says so")
  func attributes() throws {
    close(try file("a"))
    let source = try Directory(at: try #require(PathBytes(directory + "/source")))
    let value = [UInt8](repeating: 7, count: 60_000)
    for number in 0..<200 {
      let name = try #require(PathBytes("user.\(number)"))
      let attribute = FileSystem.ExtendedAttribute(name: name, value: value)
      // An older tmpfs keeps no attributes of users.
      guard (try? source.setExtendedAttribute(attribute, of: "a")) != nil else { return }
    }
    let repository = try makeRepository()
    // Later than any change, so that the second backup may believe what the first one found.
    for time in [4_000_000_000, 4_000_000_001] as [Int64] {
      let (result, problems) = try backUp(to: repository, at: time)
      #expect(problems.count == 1)
      #expect(result.statistics.files == 1)
    }
  }

  @Test("Chunks as long as the format allows are cut from a file")
  func longChunks() throws {
    let descriptor = try file("a")
    defer { close(descriptor) }
    var block = [UInt8](repeating: 0, count: 1 << 20)
    for number in 0..<20 {
      for index in block.indices { block[index] = UInt8(truncatingIfNeeded: index &* (number &+ 3) >> 3) }
      try #require(write(descriptor, block, block.count) == block.count)
    }
    let (result, problems) = try backUp {
      $0.minimumChunkSize = 4 << 20
      $0.averageChunkSize = 6 << 20
      $0.maximumChunkSize = 8 << 20
    }
    #expect(problems.isEmpty)
    #expect(result.statistics.bytes == 20 << 20)
  }

  @Test("A path that does not exist gives no snapshot")
  func nothing() {
    #expect(throws: SnapshotsError.self) { try backUp(directory + "/nothing") }
  }
}
