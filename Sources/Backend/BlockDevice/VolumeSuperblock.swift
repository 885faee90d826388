import Cryptography

/// What a volume says of itself, twice: who it is, and where its log and the place for the next one are.
package struct VolumeSuperblock: Hashable, Sendable {
  private static let magic = Array("firn volume\0\0\0\0\0".utf8)
  private static let version: UInt32 = 1
  /// The longest label, in bytes of UTF-8.
  package static let mostLabelBytes = 64

  /// So often no log is ever moved.
  static let mostGenerations: UInt64 = 1 << 62

  /// The one with the larger number counts.
  package var generation: UInt64
  package let uuid: VolumeUUID
  package let label: String
  /// When the volume was made, in seconds since 1970.
  package let created: Int64
  /// How many blocks the volume had when this was written.
  package var blocks: UInt64
  var log: LogID
  /// With so many records the log began: fewer are damage.
  var firstRecords: UInt64
  /// The log, twice.
  package var logCopies: [Extent]
  /// Where the next log goes, twice.
  package var spares: [Extent]

  /// What holds everything else than objects.
  var logExtents: [Extent] { logCopies + spares }
}

/// What bytes where a superblock may be are.
enum SuperblockReading: Equatable {
  case sound(VolumeSuperblock)
  /// It was one, or is a part of one.
  case damaged
  /// It is of a version that came later.
  case unknownVersion(UInt32)
  case none

  var sound: VolumeSuperblock? { if case .sound(let superblock) = self { superblock } else { nil } }
  var isSound: Bool { sound != nil }
}

extension VolumeSuperblock {
  /// The block.
  var encoded: [UInt8] {
    var writer = VolumeWriter()
    writer.append(Self.magic)
    writer.append(Self.version)
    writer.append(UInt32(VolumeLayout.blockSize))
    writer.append(generation)
    writer.append(uuid.bytes)
    writer.append(created)
    writer.append(blocks)
    writer.append(log.bytes)
    writer.append(firstRecords)
    for extents in [logCopies, spares] { writer.append(extents) }
    writer.append(UInt16(label.utf8.count))
    writer.append(label.utf8)
    writer.pad(to: VolumeLayout.blockSize - Digest256.byteCount)
    let digest = writer.bytes.withUnsafeBytes { SHA256Hasher.hash($0) }
    digest.withUnsafeBytes { writer.append($0) }
    return writer.bytes
  }

  static func read(_ block: UnsafeRawBufferPointer) -> SuperblockReading {
    precondition(block.count == VolumeLayout.blockSize)
    var reader = VolumeReader(block)
    guard reader.bytes(magic.count) == magic else { return .none }
    let content = UnsafeRawBufferPointer(rebasing: block.dropLast(Digest256.byteCount))
    let digest = Digest256(UnsafeRawBufferPointer(rebasing: block.suffix(Digest256.byteCount)))
    guard SHA256Hasher.hash(content) == digest else { return .damaged }
    let version: UInt32? = reader.number()
    if let version, version != Self.version { return .unknownVersion(version) }
    guard reader.number() == UInt32(VolumeLayout.blockSize), let generation: UInt64 = reader.number(),
      let uuid = reader.bytes(VolumeUUID.byteCount), let created: Int64 = reader.number(),
      let blocks: UInt64 = reader.number(), let log = reader.bytes(LogID.byteCount),
      let firstRecords: UInt64 = reader.number(), let copies = reader.extents(), let spares = reader.extents(),
      let labelLength: UInt16 = reader.number(), labelLength <= mostLabelBytes,
      let label = reader.bytes(Int(labelLength)).flatMap({ String(validating: $0, as: UTF8.self) })
    else { return .damaged }
    let superblock = VolumeSuperblock(
      generation: generation, uuid: VolumeUUID(bytes: uuid), label: label, created: created, blocks: blocks,
      log: LogID(bytes: log), firstRecords: firstRecords, logCopies: copies, spares: spares)
    return superblock.isPossible ? .sound(superblock) : .damaged
  }

  private var isPossible: Bool {
    guard (VolumeLayout.leastBlocks...VolumeLayout.mostBlocks).contains(blocks), generation < Self.mostGenerations,
      logCopies.count == 2, spares.count == 2,
      logExtents.allSatisfy({ $0.count == logCopies[0].count && $0.count >= VolumeLayout.leastLogBlocks })
    else { return false }
    return logExtents.allSatisfy { $0.start >= VolumeLayout.firstBlock && $0.end <= blocks }
  }
}

/// What tells a volume from all others, wherever it is attached.
package struct VolumeUUID: Hashable, Sendable {
  static let byteCount = 16

  let bytes: [UInt8]

  /// A random one.
  static func random() -> VolumeUUID {
    var bytes = (0..<byteCount).map { _ in UInt8.random(in: 0...255) }
    // As RFC 9562 has random ones.
    bytes[6] = bytes[6] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    return VolumeUUID(bytes: bytes)
  }

  /// As such numbers are written.
  package var text: String {
    let digits = Array(bytes.withUnsafeBytes { Hex.text($0) })
    let groups = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32]
    return groups.map { String(digits[$0]) }.joined(separator: "-")
  }
}
