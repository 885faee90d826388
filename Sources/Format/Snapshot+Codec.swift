internal import Cryptography

private let record: StaticString = "snapshot"

private struct Body: Codable {
  struct Root: Codable {
    let kind: String
    let tree: String
  }

  struct Statistics: Codable {
    let files, directories, others, bytes, newChunks, newBytes, storedBytes, errors: UInt64
    let seconds: Double
  }

  let version: Int
  let id, time, host, user, job, label: String
  let tags: [String]
  let roots: [Root]
  let paths, excludes: [String]
  let parent: Nullable
  let program: String
  let sequence: UInt64
  let previous: Nullable
  let statistics: Statistics
}

extension Snapshot: BinaryRecord {
  /// The body of the record; throws when it is longer than the format allows.
  public func encode() throws(FormatError) -> [UInt8] {
    let body = Body(
      version: JSONBody.version, id: id.hex, time: time.text, host: host, user: user, job: job, label: label,
      tags: tags.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) },
      roots: roots.map { Body.Root(kind: $0.kind.rawValue, tree: $0.tree.hex) }, paths: paths, excludes: excludes,
      parent: Nullable(parent?.hex), program: program, sequence: sequence,
      previous: Nullable(previous?.hexadecimal), statistics: Body.Statistics(statistics))
    return try JSONBody.encode(body, record: record, atMost: Limits.snapshotLength)
  }

  /// Decodes the body of the record. The caller compares `id` with the object's name.
  public static func decode(_ bytes: UnsafeRawBufferPointer) throws(FormatError) -> Snapshot {
    let body = try JSONBody.decode(bytes, as: Body.self, record: record, atMost: Limits.snapshotLength)
    var snapshot = Snapshot(
      id: try JSONMember.id(body.id, record, "id"), time: try JSONMember.time(body.time, record, "time"),
      host: body.host, user: body.user, job: body.job, label: body.label, tags: body.tags, roots: [],
      paths: body.paths, excludes: body.excludes, program: body.program, sequence: body.sequence,
      statistics: SnapshotStatistics(body.statistics))
    for root in body.roots { snapshot.roots.append(try SnapshotRoot(root)) }
    guard !snapshot.roots.isEmpty else { throw .malformed(record, "roots: none") }
    if let parent = body.parent.value { snapshot.parent = try JSONMember.id(parent, record, "parent") }
    if let previous = body.previous.value {
      guard let digest = Digest256(hexadecimal: previous) else {
        throw .malformed(record, "previous: not 64 hexadecimal digits")
      }
      snapshot.previous = digest
    }
    return snapshot
  }
}

extension SnapshotRoot {
  fileprivate init(_ body: Body.Root) throws(FormatError) {
    guard let kind = Kind(rawValue: body.kind) else { throw .unsupported(record, "roots: a kind of root") }
    self.init(kind: kind, tree: try JSONMember.id(body.tree, record, "roots.tree"))
  }
}

extension SnapshotStatistics {
  fileprivate init(_ body: Body.Statistics) {
    files = body.files
    directories = body.directories
    others = body.others
    bytes = body.bytes
    newChunks = body.newChunks
    newBytes = body.newBytes
    storedBytes = body.storedBytes
    errors = body.errors
    seconds = body.seconds
  }
}

extension Body.Statistics {
  fileprivate init(_ statistics: SnapshotStatistics) {
    files = statistics.files
    directories = statistics.directories
    others = statistics.others
    bytes = statistics.bytes
    newChunks = statistics.newChunks
    newBytes = statistics.newBytes
    storedBytes = statistics.storedBytes
    errors = statistics.errors
    seconds = statistics.seconds
  }
}
