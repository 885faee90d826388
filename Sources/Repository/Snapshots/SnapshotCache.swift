import Cryptography
import Format
import LMDB

/// What stands in a snapshot's place: its kind, the length and the SHA-256 of its object, and its body.
typealias SnapshotRecord = (kind: RecordKind, length: UInt64, hash: Digest256, body: [UInt8])

/// Decrypted snapshot records in the cache, by object name.
///
/// A name stands for one snapshot for ever; but once that is forgotten, an abort record may come to it from somebody who was
/// held up while fencing the session off. So what is cached counts while the object has the length that it had.
struct SnapshotCache {
  /// The bytes before the body.
  private static let headLength = 9 + Digest256.byteCount

  private let environment: Environment
  private let table: Table

  init(cache: Cache) {
    environment = cache.environment
    table = cache.tables.snapshots
  }

  func all() throws(RepositoryError) -> [String: SnapshotRecord] {
    try RepositoryError.wrapping("the cached snapshots") { () throws(LMDBError) in
      try environment.read { (transaction) throws(LMDBError) in
        var records: [String: SnapshotRecord] = [:]
        try transaction.forEach(in: table) { name, value in
          if value.count > Self.headLength, let kind = RecordKind(rawValue: value[8]) {
            let length = UInt64(littleEndian: value.loadUnaligned(as: UInt64.self))
            let hash = Digest256(UnsafeRawBufferPointer(rebasing: value[9..<Self.headLength]))
            records[String(decoding: name, as: UTF8.self)] = (kind, length, hash, Array(value[Self.headLength...]))
          }
          return .next
        }
        return records
      }
    }
  }

  func update(
    removing gone: [String], adding fresh: [String: SnapshotRecord]
  ) throws(RepositoryError) {
    guard !gone.isEmpty || !fresh.isEmpty else { return }
    try RepositoryError.wrapping("the cached snapshots") { () throws(LMDBError) in
      try environment.write { (transaction: inout WriteTransaction) throws(LMDBError) in
        for name in gone {
          try Array(name.utf8).withBytes { (key) throws(LMDBError) in
            _ = try transaction.delete(key, in: table)
          }
        }
        for (name, record) in fresh {
          try Array(name.utf8).withBytes { (key) throws(LMDBError) in
            let length = withUnsafeBytes(of: record.length.littleEndian) { Array($0) }
            let hash = record.hash.withUnsafeBytes { Array($0) }
            try (length + [record.kind.rawValue] + hash + record.body).withBytes { (value) throws(LMDBError) in
              _ = try transaction.put(value, for: key, in: table)
            }
          }
        }
      }
    }
  }
}
