import Backend
import Cryptography
import Format
import Glibc
import Repository
@testable import Snapshots
import Testing

@Suite("Content lists")
final class ContentListTests {
  private let directory = "/tmp/firn-lists-\(getpid())-\(UInt64.random(in: 0 ... .max))"
  private let writer: ChunkWriter

  init() throws {
    try #require(mkdir(directory, 0o700) == 0)
    let backend = InMemoryBackend()
    let password = Array("x".utf8).withUnsafeBytes { SecretBytes(copying: $0) }
    _ = try Repository.create(
      on: backend, password: password, parameters: RepositoryParameters(),
      slot: KeySlotLabel(label: "", host: "h", user: "u"), cost: .least, now: Timestamp(seconds: 1))
    let repository = try Repository.open(backend, password: password, cacheDirectory: directory)
    writer = try repository.beginWriting(
      by: SessionOwner(time: Timestamp(seconds: 2), host: "h", user: "u", process: 1, program: "test")
    ).chunkWriter()
  }

  deinit { _ = Glibc.system("rm -rf \(directory)") }

  /// FORMAT.md's rule, applied to the whole content at once.
  private func reference(_ content: [ContentItem]) throws -> [ContentItem] {
    var items: [ContentItem] = []
    for item in content {
      switch (items.last, item) {
      case (.hole(let a)?, .hole(let b)): items[items.count - 1] = .hole(length: a + b)
      case (.zeros(let a)?, .zeros(let b)): items[items.count - 1] = .zeros(length: a + b)
      default: items.append(item)
      }
    }
    while items.count > 64 {
      var lists: [ContentItem] = []
      var list: [ContentItem] = []
      for (index, item) in items.enumerated() {
        list.append(item)
        var mayEnd = false
        if case .chunk(let id, _) = item { mayEnd = id.hex < "02" }
        if case .list(let id, _) = item { mayEnd = id.hex < "02" }
        guard list.count >= 64 && mayEnd || list.count == 1024 || index == items.count - 1 else { continue }
        let id = try ContentList(items: list).encode().withUnsafeBytes { try writer.store($0, kind: .contentList).id }
        lists.append(.list(id, length: list.reduce(0) { $0 + $1.length }))
        list = []
      }
      items = lists
    }
    return items
  }

  /// - Parameter endings: one in so many chunks may end a list; 0 for none.
  private func content(_ count: Int, endings: UInt64, gaps: Bool, _ random: inout SplitMix) -> [ContentItem] {
    (0..<count).map { _ in
      let length = 1 + random.next() % 100
      switch gaps ? random.next() % 4 : 3 {
      case 0: return .hole(length: length)
      case 1: return .zeros(length: length)
      default:
        var id = (0..<32).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        id[0] = endings > 0 && random.next() % endings == 0 ? UInt8(random.next() % 2) : id[0] | 2
        return .chunk(ChunkID(id.withUnsafeBytes { Digest256($0) }), length: length)
      }
    }
  }

  @Test("Lists made while the content comes are those of the whole content", arguments: [0, 1, 2, 128] as [UInt64])
  func incremental(endings: UInt64) throws {
    for count in [0, 1, 63, 64, 65, 66, 127, 128, 129, 1023, 1024, 1025, 1100, 64 * 65, 70_000] {
      for gaps in [false, true] {
        let seed = UInt64(count) << 8 | endings
        var random = SplitMix(state: seed)
        let content = content(count, endings: endings, gaps: gaps, &random)
        var builder = ContentBuilder()
        for item in content { try builder.append(item, storingIn: writer) }
        #expect(builder.length == content.reduce(0) { $0 + $1.length })
        #expect(try builder.finish(storingIn: writer) == reference(content), "seed \(seed), gaps \(gaps)")
      }
    }
  }

  @Test("Zeros that go on after the last item of a full list belong to it")
  func growingLast() throws {
    let content = (0..<512).flatMap { _ in [ContentItem.hole(length: 1), .zeros(length: 2)] }
    for rest in [[], [ContentItem.zeros(length: 5)], [.zeros(length: 5), .hole(length: 1)]] {
      var builder = ContentBuilder()
      for item in content + rest { try builder.append(item, storingIn: writer) }
      #expect(try builder.finish(storingIn: writer) == reference(content + rest))
    }
  }

  @Test("Parts that are done in any order make the same content")
  func unorderedParts() throws {
    var random = SplitMix(state: 5)
    let parts = (0..<200).map { _ in content(50, endings: 128, gaps: true, &random) }
    let file = LargeFile(.stream { _, _ in })
    for _ in parts { _ = file.expectPart() }
    for part in parts.indices.shuffled(using: &random) {
      #expect(try !file.fill(part, parts[part], storingIn: writer))
    }
    #expect(file.ended())
    #expect(try file.content().finish(storingIn: writer) == reference(parts.flatMap { $0 }))
  }
}

private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
