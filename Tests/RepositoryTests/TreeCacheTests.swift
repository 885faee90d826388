import Cryptography
import Format
@testable import Repository
import RepositoryFixture
import TestSupport
import Testing

@Suite("Cached trees")
struct TreeCacheTests {
  private let directory = TemporaryDirectory()
  private let cache: Cache

  init() throws {
    let repository = try SampleRepository().repository
    cache = try Cache.open(
      Cache.path(in: directory.path, repository: repository.configuration.repository, location: "test"))
  }

  private func id(_ number: UInt8) -> ChunkID {
    ChunkID([UInt8](repeating: number, count: 32).withUnsafeBytes { Digest256($0) })
  }

  @Test("They are thrown away when they are too many, but for those that come then")
  func bounded() throws {
    let trees = TreeCache(cache: cache, limit: 1 << 20)
    for number in 1...40 as ClosedRange<UInt8> {
      try trees.remember(id(number), [UInt8](repeating: number, count: 100_000))
      try trees.flush()
      #expect(try trees.object(id(number)) == [UInt8](repeating: number, count: 100_000))
    }
    let kept = try (1...40).filter { try trees.object(id($0)) != nil }.count
    #expect((1...12).contains(kept))
  }

  @Test("They stay while there is room")
  func kept() throws {
    let trees = TreeCache(cache: cache)
    for number in 1...40 as ClosedRange<UInt8> {
      try trees.remember(id(number), [number])
      try trees.flush()
    }
    let other = TreeCache(cache: cache)
    for number in 1...40 as ClosedRange<UInt8> { #expect(try other.object(id(number)) == [number]) }
  }
}
