import Cryptography
import Format
import LMDB
import Synchronization

/// What chunks of one repository are called in another one, whose ids are made with another key.
///
/// It lies in the cache of the repository that is copied from, so that what was copied before need not be read again to find
/// it in the other one. It says nothing of whether that has it, and what it doesn't know is made again from the chunk.
///
/// Each chunk stands here with its id, or the first half of it: what lies where is said by index segments, which whoever has
/// a write key makes, and another one can say something else of a pack later.
final class ChunkTranslation: Sendable {
  /// A chunk by its place in its frame, and what it is called there.
  typealias Entry = (offset: UInt32, chunk: ChunkID, id: ChunkID)

  private struct Pending {
    var values: [[UInt8]: [UInt8]] = [:]
    var bytes = 0
  }

  /// Values are written in batches, since every transaction is flushed to the disk.
  private static let batchBytes = 4 << 20
  /// The bytes after which all is thrown away: what was said of packs long gone is among it.
  private static let limit = 1 << 30
  /// Bytes of a chunk's own id in an entry: as many as make it hopeless to look for another chunk that has them.
  private static let prefixLength = 16
  private static let headLength = 4 + prefixLength
  private static let entryLength = headLength + Digest256.byteCount

  private let environment: Environment
  private let table: Table
  /// Tells other repositories apart: their keys of ids.
  private let space: [UInt8]
  private let pending = Mutex(Pending())

  /// The translation for a target; nil if chunks have the same ids there.
  init?(from source: Repository, to target: Repository) {
    guard !source.hasSameChunkIDs(as: target) else { return nil }
    environment = source.cache.environment
    table = source.cache.tables.translations
    var hasher = HMACSHA256(key: target.context.secrets.writerKeys.chunkID)
    // No chunk has this kind.
    let fingerprint = hasher.authenticate(prefix: 0xFF, UnsafeRawBufferPointer(start: nil, count: 0))
    space = fingerprint.withUnsafeBytes { Array($0.prefix(16)) }
  }

  /// What a chunk is called that lies at a place; nil if that isn't known, or another one was found there.
  func id(of chunk: ChunkID, at place: ChunkPlace, in pack: PackID) throws(RepositoryError) -> ChunkID? {
    try withValue(for: key(pack, place.frame)) { Self.find(chunk, at: place.offset, in: $0) } ?? nil
  }

  /// What the tree object is called that stands for this one; nil if that isn't known.
  func tree(_ id: ChunkID) throws(RepositoryError) -> ChunkID? {
    try withValue(for: key(id)) { value in
      value.count == Digest256.byteCount ? ChunkID(Digest256(value)) : nil
    } ?? nil
  }

  /// Remembers what the chunks of a frame are called, by ascending offset.
  func remember(_ entries: [Entry], of frame: Int, in pack: PackID) throws(RepositoryError) {
    var value: [UInt8] = []
    value.reserveCapacity(entries.count * Self.entryLength)
    for entry in entries {
      withUnsafeBytes(of: entry.offset.littleEndian) { value.append(contentsOf: $0) }
      entry.chunk.digest.withUnsafeBytes { value.append(contentsOf: $0.prefix(Self.prefixLength)) }
      entry.id.digest.withUnsafeBytes { value.append(contentsOf: $0) }
    }
    try remember(value, for: key(pack, UInt32(frame)))
  }

  /// Remembers what stands for a tree object.
  func remember(tree id: ChunkID, as translated: ChunkID) throws(RepositoryError) {
    try remember(translated.digest.withUnsafeBytes { Array($0) }, for: key(id))
  }

  /// Writes what is pending to the cache.
  func flush() throws(RepositoryError) {
    try pending.withLock { (pending) throws(RepositoryError) in
      guard !pending.values.isEmpty else { return }
      try RepositoryError.wrapping("the cached translations") { () throws(LMDBError) in
        try environment.write { (transaction: inout WriteTransaction) throws(LMDBError) in
          if try transaction.bytes(of: table) > Self.limit { try transaction.clear(table) }
          for (key, value) in pending.values.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            try key.withBytes { (key) throws(LMDBError) in
              try value.withBytes { (value) throws(LMDBError) in _ = try transaction.put(value, for: key, in: table) }
            }
          }
        }
      }
      pending = Pending()
    }
  }

  private func remember(_ value: [UInt8], for key: [UInt8]) throws(RepositoryError) {
    let isFull = pending.withLock { pending in
      if pending.values.updateValue(value, forKey: key) == nil { pending.bytes += key.count + value.count }
      return pending.bytes >= Self.batchBytes
    }
    if isFull { try flush() }
  }

  private func withValue<Result: Sendable>(
    for key: [UInt8], _ body: (UnsafeRawBufferPointer) -> Result
  ) throws(RepositoryError) -> Result? {
    if let value = pending.withLock({ $0.values[key] }) { return value.withUnsafeBytes(body) }
    return try RepositoryError.wrapping("the cached translations") { () throws(LMDBError) in
      try environment.read { (transaction) throws(LMDBError) in
        try key.withBytes { (key) throws(LMDBError) in try transaction.withValue(for: key, in: table, body) }
      }
    }
  }

  private func key(_ pack: PackID, _ frame: UInt32) -> [UInt8] {
    space + pack.digest.withUnsafeBytes { Array($0) } + withUnsafeBytes(of: frame.bigEndian) { Array($0) }
  }

  private func key(_ tree: ChunkID) -> [UInt8] { space + tree.digest.withUnsafeBytes { Array($0) } }

  private static func find(_ chunk: ChunkID, at offset: UInt32, in value: UnsafeRawBufferPointer) -> ChunkID? {
    var (low, high) = (0, value.count / entryLength)
    while low < high {
      let middle = (low + high) / 2
      let start = middle * entryLength
      let found = UInt32(littleEndian: value.loadUnaligned(fromByteOffset: start, as: UInt32.self))
      if found == offset {
        let named = value[start + 4..<start + headLength]
        guard chunk.digest.withUnsafeBytes({ $0.prefix(prefixLength).elementsEqual(named) }) else { return nil }
        return ChunkID(Digest256(UnsafeRawBufferPointer(rebasing: value[start + headLength..<start + entryLength])))
      }
      if found < offset { low = middle + 1 } else { high = middle }
    }
    return nil
  }
}

extension Repository {
  /// Whether the same bytes have the same chunk id in both.
  public func hasSameChunkIDs(as other: Repository) -> Bool {
    context.secrets.writerKeys.chunkID.isEqualInConstantTime(to: other.context.secrets.writerKeys.chunkID)
  }
}
