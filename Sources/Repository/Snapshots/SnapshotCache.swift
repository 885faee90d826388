import Format
import LMDB

/// What stands in a snapshot's place: its kind and its body.
typealias SnapshotRecord = (kind: RecordKind, body: [UInt8])

/// Decrypted snapshot records in the cache, by object name. A name stands for one record for ever.
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
          if let kind = value.first.flatMap(RecordKind.init(rawValue:)) {
            records[String(decoding: name, as: UTF8.self)] = (kind, Array(value.dropFirst()))
          }
          return .next
        }
        return records
      }
    }
  }

  func update(
    removing gone: [String], adding fresh: [(name: String, kind: RecordKind, body: [UInt8])]
  ) throws(RepositoryError) {
    guard !gone.isEmpty || !fresh.isEmpty else { return }
    try RepositoryError.wrapping("the cached snapshots") { () throws(LMDBError) in
      try environment.write { (transaction: inout WriteTransaction) throws(LMDBError) in
        for name in gone {
          try Array(name.utf8).withBytes { (key) throws(LMDBError) in
            _ = try transaction.delete(key, in: table)
          }
        }
        for record in fresh {
          try Array(record.name.utf8).withBytes { (key) throws(LMDBError) in
            try ([record.kind.rawValue] + record.body).withBytes { (value) throws(LMDBError) in
              _ = try transaction.put(value, for: key, in: table)
            }
          }
        }
      }
    }
  }
}
