/// What stands in a snapshot's place when a prune has fenced its backup off.
public struct AbortRecord: Hashable, Sendable {
  /// The snapshot that will never be.
  public var id: SnapshotID
  /// When the backup was fenced off.
  public var time: Timestamp
  /// The number of the tombstone of the prune that did it.
  public var tombstone: UInt64

  /// Makes an abort record.
  public init(id: SnapshotID, time: Timestamp, tombstone: UInt64) {
    self.id = id
    self.time = time
    self.tombstone = tombstone
  }
}

private let record: StaticString = "abort record"

private struct Body: Codable {
  let version: Int
  let id, time: String
  let tombstone: JSONNumber
}

extension AbortRecord: BinaryRecord {
  /// The body of the record.
  public func encode() throws(FormatError) -> [UInt8] {
    let body = Body(version: JSONBody.version, id: id.hex, time: time.text, tombstone: JSONNumber(tombstone))
    return try JSONBody.encode(body, record: record, atMost: RecordKind.abort.rawLengthLimit)
  }

  /// Decodes the body of the record. The caller compares `id` with the object's name.
  public static func decode(_ bytes: UnsafeRawBufferPointer) throws(FormatError) -> AbortRecord {
    let limit = RecordKind.abort.rawLengthLimit
    let body = try JSONBody.decode(bytes, as: Body.self, record: record, atMost: limit)
    return AbortRecord(
      id: try JSONMember.id(body.id, record, "id"), time: try JSONMember.time(body.time, record, "time"),
      tombstone: body.tombstone.value)
  }
}
