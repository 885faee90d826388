import Cryptography
import Format
import LMDB
import Synchronization

/// Tree objects in the clear, in the cache: parents to compare with, and what `ls` and `find` show.
///
/// It says nothing about what the repository holds: an object found here may be gone from there.
final class TreeCache: Sendable {
  private struct Pending {
    var objects: [ChunkID: [UInt8]] = [:]
    var bytes = 0
  }

  /// Objects are written in batches, since every transaction is flushed to the disk.
  private static let batchBytes = 8 << 20
  /// The bytes after which the cached trees are thrown away: those of snapshots long gone are among them.
  private static let defaultLimit = 1 << 30

  private let environment: Environment
  private let table: Table
  private let chunkIDKey: SecretBytes
  private let limit: Int
  private let pending = Mutex(Pending())
  /// Held while a batch is written, so that no two threads write the same one.
  private let writing = Mutex(())

  init(cache: Cache, chunkIDKey: SecretBytes, limit: Int = TreeCache.defaultLimit) {
    self.chunkIDKey = chunkIDKey
    self.limit = limit
    environment = cache.environment
    table = cache.tables.trees
  }

  /// A tree object; nil if it isn't cached. What is not what its id says, for LMDB has no checksums, isn't either.
  func object(_ id: ChunkID) throws(RepositoryError) -> [UInt8]? {
    if let object = pending.withLock({ $0.objects[id] }) { return object }
    let object = try RepositoryError.wrapping("the cached trees") { () throws(LMDBError) in
      try environment.read { (transaction) throws(LMDBError) in
        try id.digest.withUnsafeBytes { (key) throws(LMDBError) in
          try transaction.withValue(for: key, in: table) { Array($0) }
        }
      }
    }
    guard let object, identify(object) == id else { return nil }
    return object
  }

  private func identify(_ object: [UInt8]) -> ChunkID {
    var hasher = HMACSHA256(key: chunkIDKey)
    return object.withUnsafeBytes { ChunkID(hasher.authenticate(prefix: ChunkKind.tree.rawValue, $0)) }
  }

  /// Remembers an object whose bytes have this id.
  func remember(_ id: ChunkID, _ object: [UInt8]) throws(RepositoryError) {
    let isFull = pending.withLock { pending in
      if pending.objects.updateValue(object, forKey: id) == nil { pending.bytes += object.count }
      return pending.bytes >= Self.batchBytes
    }
    if isFull { try flush(atLeast: Self.batchBytes) }
  }

  /// Writes what is pending to the cache.
  func flush() throws(RepositoryError) { try flush(atLeast: 1) }

  /// Writes what is pending, if another thread hasn't and it is so many bytes.
  private func flush(atLeast least: Int) throws(RepositoryError) {
    try writing.withLock { (_) throws(RepositoryError) in
      let objects = pending.withLock { $0.bytes >= least ? $0.objects : [:] }
      if !objects.isEmpty { try write(objects) }
    }
  }

  private func write(_ objects: [ChunkID: [UInt8]]) throws(RepositoryError) {
    try RepositoryError.wrapping("the cached trees") { () throws(LMDBError) in
      try environment.write { (transaction: inout WriteTransaction) throws(LMDBError) in
        if try transaction.bytes(of: table) > limit { try transaction.clear(table) }
        for (id, object) in objects.sorted(by: { $0.key < $1.key }) {
          try id.digest.withUnsafeBytes { (key) throws(LMDBError) in
            try object.withBytes { (value) throws(LMDBError) in
              // Over what there is: that was not what its id says.
              _ = try transaction.put(value, for: key, in: table)
            }
          }
        }
      }
    }
    pending.withLock { pending in
      for (id, object) in objects where pending.objects.removeValue(forKey: id) != nil { pending.bytes -= object.count }
    }
  }
}
