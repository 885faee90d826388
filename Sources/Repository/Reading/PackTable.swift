import Format
import LMDB
import Synchronization

/// Descriptions of packs, decoded from the cache when they are first needed; the latest few are kept.
final class PackTable: Sendable {
  private static let limit = 64

  private let index: IndexStore
  private let decoded = Mutex<[PackNumber: PackDescription]>([:])

  init(index: IndexStore) {
    self.index = index
  }

  /// A pack's description; nil if it is no longer in the index.
  func pack(_ number: PackNumber) throws(RepositoryError) -> PackDescription? {
    if let pack = decoded.withLock({ $0[number] }) { return pack }
    let pack = try RepositoryError.wrapping("the cached index") { () throws(LMDBError) in
      try index.environment.read { (transaction) throws(LMDBError) in
        try transaction.pack(number, tables: index.tables)
      }
    }
    guard let pack else { return nil }
    decoded.withLock { decoded in
      if decoded.count >= Self.limit { decoded.removeAll(keepingCapacity: true) }
      decoded[number] = pack
    }
    return pack
  }
}
