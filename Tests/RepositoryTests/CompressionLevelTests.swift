import Format
import RepositoryFixture
import TestSupport
import Testing

@testable import Repository

@Suite("Levels of compression")
struct CompressionLevelTests {
  /// Text of words that come again and again, at random: what a higher level finds more in.
  private static let text: [UInt8] = {
    var random = SeededGenerator(seed: 11)
    let words = (0..<300).map { _ in random.bytes(Int.random(in: 3...9, using: &random)).map { 97 + $0 % 26 } }
    var text: [UInt8] = []
    while text.count < 60_000 { text += words[Int.random(in: 0..<words.count, using: &random)] + [32] }
    return text
  }()

  /// Stores the text as data and as a tree. Gives the frame of either.
  private func frames(_ level: CompressionLevel) throws -> [PackKind: PackDirectory.FrameEntry] {
    let sample = try SampleRepository()
    let session = try sample.begin(level)
    let writer = try session.chunkWriter()
    let kinds: [ChunkKind] = [.data, .tree]
    let ids = try kinds.map { kind in try Self.text.withUnsafeBytes { try writer.store($0, kind: kind).id } }
    try writer.flush()
    try session.finish()
    try sample.repository.abandon(session)
    let reader = try sample.repository.reading(to: "read").chunkReader()
    for (id, kind) in zip(ids, kinds) {
      #expect(try reader.withChunk(id, kind: kind) { $0.elementsEqual(Self.text) }, "\(level), \(kind)")
    }
    let packs = try sample.repository.indexSegments().flatMap { try sample.repository.indexSegment($0).packs }
    return Dictionary(uniqueKeysWithValues: packs.map { ($0.kind, $0.directory.frames[0]) })
  }

  @Test("Each is smaller than the one before, and all are read alike")
  func sizes() throws {
    let lengths = try CompressionLevel.allCases.map { try #require(frames($0)[.data]).sealedLength }
    for (larger, smaller) in zip(lengths, lengths.dropFirst()) { #expect(smaller < larger, "\(lengths)") }
  }

  @Test("Off stores files as they are, and directories as ever")
  func off() throws {
    let (off, usual) = (try frames(.off), try frames(.default))
    #expect(off[.data]?.codec == .stored && usual[.data]?.codec == .zstd)
    #expect(off[.metadata]?.codec == .zstd && off[.metadata]?.sealedLength == usual[.metadata]?.sealedLength)
  }
}
