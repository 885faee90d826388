import Cryptography
import Format
import LMDB
import Synchronization

/// When this client last read each pack whole and found it good.
///
/// It is kept in the cache: without it every pack counts as never read.
final class VerifyLedger: Sendable {
  private static let bufferLimit = 64

  private let environment: Environment
  private let table: Table
  /// The time that is noted; nil to note nothing.
  private let time: Timestamp?
  /// What is not written yet: whether packs were found good.
  private let pending = Mutex<[PackID: Bool]>([:])

  init(cache: Cache, time: Timestamp?) {
    environment = cache.environment
    table = cache.tables.verified
    self.time = time
  }

  /// When packs were found good, in seconds. A time that is still to come was a clock's mistake, and counts as never: the
  /// pack would not be read again before that.
  func times() throws(RepositoryError) -> [PackID: Int64] {
    let noted = try notedTimes()
    guard let time else { return noted }
    return noted.filter { $0.value <= time.seconds }
  }

  private func notedTimes() throws(RepositoryError) -> [PackID: Int64] {
    try RepositoryError.wrapping("the times of verified packs") { () throws(LMDBError) in
      try environment.read { (transaction) throws(LMDBError) in
        var times: [PackID: Int64] = [:]
        try transaction.forEach(in: table) { key, value in
          if key.count == 32, value.count == 8 {
            times[PackID(key)] = Int64(littleEndian: value.loadUnaligned(as: Int64.self))
          }
          return .next
        }
        return times
      }
    }
  }

  /// Notes that a pack was read whole.
  func note(_ pack: PackID, isGood: Bool) {
    guard time != nil else { return }
    let isFull = pending.withLock { pending in
      pending[pack] = isGood
      return pending.count >= Self.bufferLimit
    }
    // So that a check of hours that is interrupted was not in vain. What can't be written now is written at the end.
    if isFull { try? flush() }
  }

  /// Writes what was noted, and forgets packs that are gone.
  ///
  /// - Parameter packs: those that stand; nil forgets none.
  func flush(keeping packs: [ListedPack]? = nil) throws(RepositoryError) {
    guard let time else { return }
    let noted = pending.withLock { $0 }
    var gone: Set<PackID> = []
    if let packs { gone = try Set(notedTimes().keys).subtracting(packs.map(\.id)) }
    guard !noted.isEmpty || !gone.isEmpty else { return }
    try RepositoryError.wrapping("the times of verified packs") { () throws(LMDBError) in
      try environment.write { (transaction: inout WriteTransaction) throws(LMDBError) in
        for (pack, isGood) in noted {
          try transaction.set(isGood ? time.seconds : nil, for: pack, in: table)
        }
        for pack in gone { try transaction.set(nil, for: pack, in: table) }
      }
    }
    pending.withLock { pending in
      for (pack, isGood) in noted where pending[pack] == isGood { pending[pack] = nil }
    }
  }
}

extension WriteTransaction {
  fileprivate mutating func set(_ seconds: Int64?, for pack: PackID, in table: Table) throws(LMDBError) {
    try pack.digest.withUnsafeBytes { (key) throws(LMDBError) in
      guard let seconds else {
        _ = try delete(key, in: table)
        return
      }
      try withUnsafeBytes(of: seconds.littleEndian) { (value) throws(LMDBError) in
        _ = try put(value, for: key, in: table)
      }
    }
  }
}

/// How much of what is stored this client has read whole and found good, and how long ago.
public struct VerifiedPacks: Hashable, Sendable {
  /// Packs that were last read about equally long ago.
  public struct Group: Hashable, Sendable {
    /// At most so many days ago, and longer than the group before; nil for longer ago than all others.
    public let days: Int?
    /// How many.
    public fileprivate(set) var packs = 0
    /// Their bytes.
    public fileprivate(set) var bytes: UInt64 = 0
  }

  /// By ascending age.
  public private(set) var groups = [1, 7, 30, 90, nil].map { Group(days: $0) }
  /// Packs that were never read.
  public private(set) var neverPacks = 0
  /// Their bytes.
  public private(set) var neverBytes: UInt64 = 0

  init() {}

  init(_ packs: [ListedPack], times: [PackID: Int64], now: Timestamp) {
    for pack in packs {
      guard let time = times[pack.id] else {
        neverPacks += 1
        neverBytes += pack.length
        continue
      }
      let age = now.seconds - time
      guard let group = groups.firstIndex(where: { $0.days.map { age <= Int64($0) * 86400 } ?? true }) else { continue }
      groups[group].packs += 1
      groups[group].bytes += pack.length
    }
  }
}
