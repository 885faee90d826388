import Cryptography
import Format
import LMDB

/// What stands in a snapshot's place.
struct SnapshotRecord {
  let kind: RecordKind
  /// The length of the object.
  let length: UInt64
  /// The SHA-256 of the object.
  let hash: Digest256
  let body: [UInt8]
}

/// Decrypted snapshot records in the cache, by object name.
///
/// A name stands for one snapshot for ever; but once that is forgotten, an abort record may come to it from somebody who was
/// held up while fencing the session off. So what is cached counts while the object has the length that it had.
struct SnapshotCache {
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
          records[String(decoding: name, as: UTF8.self)] = SnapshotRecord(value)
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
            try record.bytes.withBytes { (value) throws(LMDBError) in
              _ = try transaction.put(value, for: key, in: table)
            }
          }
        }
      }
    }
  }
}

extension SnapshotRecord {
  private static let headLength = 8 + Digest256.byteCount + 1

  /// The record of a value of the cache; nil if it is none.
  fileprivate init?(_ value: UnsafeRawBufferPointer) {
    guard value.count >= Self.headLength, let kind = RecordKind(rawValue: value[Self.headLength - 1]) else {
      return nil
    }
    self.kind = kind
    length = UInt64(littleEndian: value.loadUnaligned(as: UInt64.self))
    hash = Digest256(UnsafeRawBufferPointer(rebasing: value[8..<Self.headLength - 1]))
    body = Array(value.dropFirst(Self.headLength))
  }

  fileprivate var bytes: [UInt8] {
    let length = withUnsafeBytes(of: length.littleEndian) { Array($0) }
    return length + hash.withUnsafeBytes { Array($0) } + [kind.rawValue] + body
  }
}
