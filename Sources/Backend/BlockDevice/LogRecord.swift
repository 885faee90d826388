import Cryptography

/// One record of a volume's log: changes that are made together or not at all, in blocks of its own.
///
/// It says which log it is in, how many came before, and the digest of the one before: so neither what was there earlier nor
/// what was written behind a record that was lost can be taken for the next.
struct LogRecord {
  static let headerLength = 104
  private static let magic: UInt64 = 0x676F_6C2D_6E72_6966  // "firn-log"

  /// Where a log goes on: what the next record must say.
  struct Position: Equatable, Sendable {
    let log: LogID
    var sequence: UInt64 = 0
    var previous: Digest256
    /// The block, from the log's first one, at which the record begins.
    var block: UInt64 = 0

    /// The beginning of a log.
    init(log: LogID) {
      self.log = log
      previous = Digest256(zeros: ())
    }
  }

  /// The changes, in order.
  let changes: [VolumeChange]
  /// The position behind it.
  let next: Position
  /// How many blocks it has.
  let blocks: UInt64

  /// The changes in shares that one record can hold each. What fits into one stays together.
  static func shares(of changes: [VolumeChange]) -> [[VolumeChange]] {
    var shares: [[VolumeChange]] = []
    var share: [VolumeChange] = []
    var length = 0
    for change in changes {
      let count = change.encoded.count
      if length + count > VolumeLayout.mostRecordBytes {
        shares.append(share)
        (share, length) = ([], 0)
      }
      share.append(change)
      length += count
    }
    return share.isEmpty ? shares : shares + [share]
  }

  /// The record of a share of changes at `position`, in whole blocks, and the position behind it.
  static func encode(_ share: [VolumeChange], at position: Position) -> (bytes: [UInt8], next: Position) {
    encode(payload: share.flatMap(\.encoded), count: UInt32(share.count), at: position)
  }

  static func encode(payload: [UInt8], count: UInt32, at position: Position) -> (bytes: [UInt8], next: Position) {
    precondition(payload.count <= VolumeLayout.mostRecordBytes, "more than a record holds")
    var writer = VolumeWriter()
    writer.append(magic)
    writer.append(position.log.bytes)
    writer.append(position.sequence)
    writer.append(UInt32(payload.count))
    writer.append(count)
    position.previous.withUnsafeBytes { writer.append($0) }
    let digest = digest(writer.bytes, payload)
    digest.withUnsafeBytes { writer.append($0) }
    writer.append(payload)
    let blocks = VolumeLayout.blocks(UInt64(writer.bytes.count))
    writer.pad(to: Int(blocks) * VolumeLayout.blockSize)
    return (writer.bytes, position.after(digest, blocks))
  }

  /// The sequence number that a record of the log begins with, if these may be its first bytes.
  static func sequence(_ head: UnsafeRawBufferPointer, of log: LogID) -> UInt64? {
    var reader = VolumeReader(head)
    guard reader.number() == magic, reader.bytes(LogID.byteCount) == log.bytes else { return nil }
    return reader.number()
  }

  /// How many bytes the record at `position` has in all, blocks filled up, if these first bytes may be one's.
  static func length(_ head: UnsafeRawBufferPointer, at position: Position) -> Int? {
    guard sequence(head, of: position.log) == position.sequence else { return nil }
    var reader = VolumeReader(UnsafeRawBufferPointer(rebasing: head[32...]))
    guard let length: UInt32 = reader.number(), length <= VolumeLayout.mostRecordBytes else { return nil }
    return Int(VolumeLayout.blocks(UInt64(headerLength + Int(length)))) * VolumeLayout.blockSize
  }

  /// Reads the record at `position`; nil for anything else, whole or not.
  ///
  /// - Throws: if the record is one and says what can't be.
  init?(_ bytes: UnsafeRawBufferPointer, at position: Position) throws(ImpossibleChange) {
    guard let length = Self.length(bytes, at: position), length <= bytes.count else { return nil }
    var reader = VolumeReader(UnsafeRawBufferPointer(rebasing: bytes[32..<Self.headerLength]))
    guard let payloadLength: UInt32 = reader.number(), let count: UInt32 = reader.number(),
      reader.bytes(Digest256.byteCount) == position.previous.withUnsafeBytes({ Array($0) })
    else { return nil }
    let payload = UnsafeRawBufferPointer(rebasing: bytes[Self.headerLength...].prefix(Int(payloadLength)))
    let digest = Self.digest(bytes[..<(Self.headerLength - Digest256.byteCount)], payload)
    guard reader.bytes(Digest256.byteCount) == digest.withUnsafeBytes({ Array($0) }) else { return nil }
    var rest = VolumeReader(payload)
    var changes: [VolumeChange] = []
    for _ in 0..<count {
      guard let change = VolumeChange(&rest) else { throw ImpossibleChange("a record of the log can't be understood") }
      changes.append(change)
    }
    guard rest.isAtEnd else { throw ImpossibleChange("a record of the log has more than its changes") }
    self.changes = changes
    blocks = UInt64(length / VolumeLayout.blockSize)
    next = position.after(digest, blocks)
  }

  private static func digest(_ header: some Sequence<UInt8>, _ payload: some Sequence<UInt8>) -> Digest256 {
    (Array(header) + Array(payload)).withUnsafeBytes { SHA256Hasher.hash($0) }
  }
}

extension LogRecord.Position {
  fileprivate func after(_ digest: Digest256, _ blocks: UInt64) -> LogRecord.Position {
    var next = self
    next.sequence += 1
    next.previous = digest
    next.block += blocks
    return next
  }
}

/// What tells a log from all others.
struct LogID: Hashable, Sendable {
  static let byteCount = 16

  let bytes: [UInt8]

  static func random() -> LogID { LogID(bytes: (0..<byteCount).map { _ in .random(in: 0...255) }) }
}

extension Digest256 {
  /// The value of 32 zeros.
  fileprivate init(zeros: ()) {
    self = [UInt8](repeating: 0, count: Self.byteCount).withUnsafeBytes { Digest256($0) }
  }
}
