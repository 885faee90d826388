/// The announcement of a running backup.
public struct Intent: Hashable, Sendable {
  /// The snapshot it announces.
  public var id: SnapshotID
  /// When the backup began.
  public var time: Timestamp
  /// Where it runs.
  public var host: String
  /// As whom it runs.
  public var user: String
  /// Its process id on that host.
  public var process: Int64
  /// Name and version of the writer.
  public var program: String

  /// Makes an intent.
  public init(id: SnapshotID, time: Timestamp, host: String, user: String, process: Int64, program: String) {
    self.id = id
    self.time = time
    self.host = host
    self.user = user
    self.process = process
    self.program = program
  }
}

private let record: StaticString = "intent"

private struct Body: Codable {
  let version: Int
  let id, time, host, user: String
  let process: Int64
  let program: String
}

extension Intent: BinaryRecord {
  /// The body of the record; throws when it is longer than the format allows.
  public func encode() throws(FormatError) -> [UInt8] {
    let body = Body(
      version: JSONBody.version, id: id.hex, time: time.text, host: host, user: user, process: process,
      program: program)
    return try JSONBody.encode(body, record: record, atMost: RecordKind.intent.rawLengthLimit)
  }

  /// Decodes the body of the record. The caller compares `id` with the object's name.
  public static func decode(_ bytes: UnsafeRawBufferPointer) throws(FormatError) -> Intent {
    let limit = RecordKind.intent.rawLengthLimit
    let body = try JSONBody.decode(bytes, as: Body.self, record: record, atMost: limit)
    return Intent(
      id: try JSONMember.id(body.id, record, "id"), time: try JSONMember.time(body.time, record, "time"),
      host: body.host, user: body.user, process: body.process, program: body.program)
  }
}
