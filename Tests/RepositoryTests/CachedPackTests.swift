import Cryptography
import Format
import LMDB
@testable import Repository
import TestSupport
import Testing

@Suite("Descriptions of packs in the cache")
struct CachedPackTests {
  private let number = PackNumber(value: 7)

  @Test("A description comes back as it was, and each chunk is found at its ordinal only", arguments: 1...5)
  func roundTrip(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let pack = pack(using: &random)
    try CachedPack.encode(pack).withUnsafeBytes { bytes in
      let cached = try CachedPack(bytes, number: number)
      #expect(try cached.description() == pack, "seed \(seed)")
      #expect(cached.id == pack.id && cached.chunkCount == pack.directory.chunks.count, "seed \(seed)")
      for (ordinal, chunk) in pack.directory.chunks.enumerated() {
        let place = ChunkPlace(
          pack: number, frame: chunk.frame, offset: chunk.offsetInFrame, length: chunk.length)
        let ordinal = UInt32(ordinal)
        #expect(try cached.place(of: chunk.id, kind: chunk.kind, at: ordinal) == place, "seed \(seed)")
        #expect(try cached.place(of: chunk.id, kind: .contentList, at: ordinal) == nil, "seed \(seed)")
        #expect(try cached.place(of: chunk.id, kind: chunk.kind, at: ordinal + 1) == nil, "seed \(seed)")
      }
    }
  }

  @Test("Damage is an error or another description, never a trap", arguments: 1...5)
  func damage(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let pack = pack(using: &random)
    let sound = CachedPack.encode(pack)
    var errors = 0
    for _ in 0..<2_000 {
      var bytes = sound
      if Bool.random(using: &random) {
        bytes.removeLast(Int.random(in: 1...bytes.count, using: &random))
      } else {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      bytes.withUnsafeBytes { bytes in
        do throws(LMDBError) {
          let cached = try CachedPack(bytes, number: number)
          for ordinal in 0...UInt32(cached.chunkCount) {
            _ = try cached.place(of: pack.directory.chunks[0].id, kind: .data, at: ordinal)
          }
          _ = try cached.description()
        } catch {
          errors += 1
          #expect(error.code == .corrupted, "seed \(seed)")
        }
      }
    }
    #expect(errors > 1_000, "seed \(seed)")
  }

  private func pack(using random: inout SeededGenerator) -> PackDescription {
    var directory = PackDirectory()
    for _ in 0..<Int.random(in: 1...6, using: &random) {
      let chunks = (0..<Int.random(in: 1...9, using: &random)).map { _ in
        (id: ChunkID(random.digest()), kind: ChunkKind.data, length: Int.random(in: 1...70_000, using: &random))
      }
      let length = chunks.reduce(0) { $0 + $1.length }
      directory.appendFrame(
        sealedLength: length + 16, codec: Bool.random(using: &random) ? .stored : .zstd, chunks: chunks)
    }
    return PackDescription(
      id: PackID(random.digest()), length: UInt64(directory.framesEnd) + 100, kind: .data,
      ephemeralKey: random.digest(), commitment: random.digest(), directory: directory)
  }
}
