import Backend
import Cryptography
import Format

/// Takes an object's bytes in order and tells at the end whether they are the object's own: by the hash that a pack is
/// named by, or by the key that seals a record under its name.
struct ObjectVerification: ~Copyable {
  private let name: ObjectName
  private let sealer: RecordSealer
  private var hasher = SHA256Hasher()
  private var record: [UInt8] = []

  init(_ name: ObjectName, sealer: RecordSealer) {
    self.name = name
    self.sealer = sealer
  }

  /// The most bytes that an object of an area has.
  static func lengthLimit(_ area: ObjectArea) -> Int {
    switch area {
    case .packs: Limits.packLength
    case .index: RecordKind.indexSegment.objectLengthLimit
    default: RecordKind.snapshot.objectLengthLimit
    }
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    if name.area == .packs { hasher.update(bytes) } else { record += bytes }
  }

  /// - Throws: `.damaged` if the bytes are not the object's.
  consuming func finish() throws(RepositoryError) {
    guard name.area == .packs else {
      let kinds: [RecordKind] = name.area == .index ? [.indexSegment] : [.snapshot, .abort]
      _ = try sealer.open(record, as: kinds, name: name.name, context: "\(name)")
      return
    }
    guard hasher.finalize().hexadecimal == name.name else {
      throw RepositoryError(.damaged, "\(name) has other bytes than those that its name stands for")
    }
  }
}
