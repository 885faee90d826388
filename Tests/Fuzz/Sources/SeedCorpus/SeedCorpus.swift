import ErasureCoding
import Format
import Glibc

/// Writes real encodings of every record below the directory that is its argument, one folder a decoder.
@main
enum SeedCorpus {
  static func main() throws {
    guard CommandLine.arguments.count == 2 else { return print("usage: SeedCorpus <directory>") }
    let root = CommandLine.arguments[1]
    for seed: UInt64 in 0..<16 {
      for (decoder, bytes) in try encodings(seed: seed) { write(bytes, "\(root)/\(decoder)", "\(seed)") }
    }
  }

  static func parity(seed: UInt64) -> ParityDescription {
    let layout = StripeLayout(length: 1 + Int(seed) * 3_000, rowCount: 1 + Int(seed))
    let count = layout.sectorCount + layout.parityCount
    return ParityDescription(layout: layout, checksums: (0..<UInt64(count)).map { $0 &* 0x9E37_79B9_7F4A_7C15 })
  }

  static func encodings(seed: UInt64) throws -> [(String, [UInt8])] {
    var generator = SeededGenerator(seed: seed)
    let role: KeyRole = generator.chance(2) ? .full : .write
    let uuid = RepositoryUUID.random(using: &generator)
    let time = generator.textTime()
    let id = SnapshotID.random(using: &generator)
    let header = PackHeader(
      kind: .data, repository: uuid, ephemeralKey: generator.digest(), commitment: generator.digest())
    return [
      ("Configuration", generator.configuration().encodedWithoutMAC() + generator.bytes(32)),
      (
        "KeySlot",
        try generator.keySlot(role).encode(
          commitment: generator.bytes(32), sealed: generator.bytes(role == .full ? 81 : 177))
      ),
      ("RecordHeader", RecordHeader(kind: .intent, codec: .zstd, rawLength: 99, salt: generator.digest()).encode()),
      ("PackHeader", header.encode()),
      ("PackFooter", [0, 0, 0, 137] + PackFooter(directoryOffset: 96, directoryLength: 17).encode()),
      ("ParityDescription", parity(seed: seed).encode(seed.isMultiple(of: 2) ? .head : .tail)),
      ("PackDirectory", generator.directory(.metadata, frames: generator.below(5)).encode()),
      ("IndexSegment", generator.segment(packs: generator.below(3)).encode()),
      ("TreeObject", TreeObject.leaf(generator.leaf(generator.below(6))).encode()),
      ("TreeObject", generator.branch(1 + generator.below(5)).encode()),
      ("ContentList", ContentList(items: generator.items(1 + generator.below(8))).encode()),
      ("Snapshot", try generator.snapshot().encode()),
      (
        "SmallRecords",
        try Intent(
          id: id, task: .backup, time: time, host: "h", user: "u", process: 1, program: "p"
        ).encode()
      ),
      ("SmallRecords", try AbortRecord(id: id, time: time, tombstone: seed).encode()),
      ("SmallRecords", try PackSet(number: seed, time: time, packs: [PackID(generator.digest())]).encode()),
      ("Texts", [UInt8](time.text.utf8)),
      ("Texts", [UInt8](PathText.escape(generator.bytes(12)).utf8)),
    ]
  }

  static func write(_ bytes: [UInt8], _ folder: String, _ name: String) {
    mkdir(folder, 0o755)
    // Several encodings of one seed tell themselves apart by their length.
    guard let file = fopen("\(folder)/\(name)-\(bytes.count)", "w") else { return perror(folder) }
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
  }
}
