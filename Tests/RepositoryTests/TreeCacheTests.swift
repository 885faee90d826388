import Cryptography
import Format
@testable import Repository
import RepositoryFixture
import TestSupport
import Testing

@Suite("Cached trees")
struct TreeCacheTests {
  private static let key = [1, 2, 3 as UInt8].withUnsafeBytes { SecretBytes(copying: $0) }
  private let directory = TemporaryDirectory()
  private let cache: Cache

  init() throws {
    let repository = try SampleRepository().repository
    cache = try Cache.open(
      Cache.path(in: directory.path, repository: repository.configuration.repository, location: "test"))
  }

  private func id(of object: [UInt8]) -> ChunkID {
    var hasher = HMACSHA256(key: Self.key)
    return object.withUnsafeBytes { ChunkID(hasher.authenticate(prefix: ChunkKind.tree.rawValue, $0)) }
  }

  @Test("They are thrown away when they are too many, but for those that come then")
  func bounded() throws {
    let trees = TreeCache(cache: cache, chunkIDKey: Self.key, limit: 1 << 20)
    for number in 1...40 as ClosedRange<UInt8> {
      let object = [UInt8](repeating: number, count: 100_000)
      try trees.remember(id(of: object), object)
      try trees.flush()
      #expect(try trees.object(id(of: object)) == object)
    }
    let kept = try (1...40 as ClosedRange<UInt8>).filter { number in
      try trees.object(id(of: [UInt8](repeating: number, count: 100_000))) != nil
    }.count
    #expect((1...12).contains(kept))
  }

  @Test("They stay while there is room")
  func kept() throws {
    let trees = TreeCache(cache: cache, chunkIDKey: Self.key)
    for number in 1...40 as ClosedRange<UInt8> {
      try trees.remember(id(of: [number]), [number])
      try trees.flush()
    }
    let other = TreeCache(cache: cache, chunkIDKey: Self.key)
    for number in 1...40 as ClosedRange<UInt8> { #expect(try other.object(id(of: [number])) == [number]) }
  }

  @Test("What is not what its id says isn't there, until it is remembered anew")
  func misplaced() throws {
    let trees = TreeCache(cache: cache, chunkIDKey: Self.key)
    try trees.remember(id(of: [1]), [2])
    try trees.flush()
    #expect(try trees.object(id(of: [1])) == nil)
    try trees.remember(id(of: [1]), [1])
    try trees.flush()
    #expect(try trees.object(id(of: [1])) == [1])
  }
}
