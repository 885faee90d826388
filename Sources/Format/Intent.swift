/// The announcement of a session: of a backup or other work that publishes packs, segments or snapshots.
public struct Intent: Hashable, Sendable {
  /// The session, and the snapshot that it may end in.
  public var id: SnapshotID
  /// What is being done.
  public var task: Task
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
  public init(
    id: SnapshotID, task: Task, time: Timestamp, host: String, user: String, process: Int64, program: String
  ) {
    self.id = id
    self.task = task
    self.time = time
    self.host = host
    self.user = user
    self.process = process
    self.program = program
  }
}

extension Intent {
  /// What a session does. Writers of later versions may announce others.
  public struct Task: Hashable, Sendable {
    /// As the record spells it.
    public let name: String

    /// A task by its name.
    public init(name: String) { self.name = name }

    /// A snapshot is being taken.
    public static let backup = Task(name: "backup")
    /// A snapshot is being replaced by another form of it.
    public static let rewrite = Task(name: "rewrite")
    /// Snapshots of another repository are being copied here.
    public static let copy = Task(name: "copy")
    /// What no snapshot needs is being removed.
    public static let prune = Task(name: "prune")
    /// The index or damaged packs are being made good.
    public static let repair = Task(name: "repair")
  }
}

private let record: StaticString = "intent"

private struct Body: Codable {
  let version: Int
  let id, task, time, host, user: String
  let process: JSONNumber
  let program: String
}

extension Intent: BinaryRecord {
  /// The body of the record; throws when it is longer than the format allows.
  public func encode() throws(FormatError) -> [UInt8] {
    let body = Body(
      version: JSONBody.version, id: id.hex, task: task.name, time: time.text, host: host, user: user,
      process: JSONNumber(process), program: program)
    return try JSONBody.encode(body, record: record, atMost: RecordKind.intent.rawLengthLimit)
  }

  /// Decodes the body of the record. The caller compares `id` with the object's name.
  public static func decode(_ bytes: UnsafeRawBufferPointer) throws(FormatError) -> Intent {
    let limit = RecordKind.intent.rawLengthLimit
    let body = try JSONBody.decode(bytes, as: Body.self, record: record, atMost: limit)
    return Intent(
      id: try JSONMember.id(body.id, record, "id"), task: Task(name: body.task),
      time: try JSONMember.time(body.time, record, "time"), host: body.host, user: body.user,
      process: Int64(body.process.value), program: body.program)
  }
}
