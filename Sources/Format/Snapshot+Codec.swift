internal import Cryptography

private let record: StaticString = "snapshot"

private struct Body: Codable {
  struct Root: Codable {
    let kind: String
    let tree: String
  }

  struct Statistics: Codable {
    let files, directories, others, bytes, newChunks, newBytes, storedBytes, errors: JSONNumber
    // Left out where it is zero, as the first writers did.
    let changed: JSONNumber?
    let seconds: Double
  }

  let version: Int
  let id, time, host, user, job, label: String
  let tags: [String]
  let roots: [Root]
  let paths, excludes: [String]
  let parent: Nullable
  let program: String
  let sequence: JSONNumber
  let previous: Nullable
  // Left out where they say nothing, as the first writers did.
  let pinned: Bool?
  let replaces: [String]?
  let statistics: Statistics
}

extension Snapshot: BinaryRecord {
  /// The body of the record; throws when it is longer than the format allows.
  public func encode() throws(FormatError) -> [UInt8] {
    guard replaces.count <= Limits.replacedSnapshots else { throw .limit(record, "replaces: too many") }
    let body = Body(
      version: JSONBody.version, id: id.hex, time: time.text, host: host, user: user, job: job, label: label,
      tags: tags.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) },
      roots: roots.map { Body.Root(kind: $0.kind.rawValue, tree: $0.tree.hex) }, paths: paths, excludes: excludes,
      parent: Nullable(parent?.hex), program: program, sequence: JSONNumber(sequence),
      previous: Nullable(previous?.hexadecimal), pinned: isPinned ? true : nil,
      replaces: replaces.isEmpty ? nil : replaces.map(\.hexadecimal), statistics: Body.Statistics(statistics))
    return try JSONBody.encode(body, record: record, atMost: Limits.snapshotLength)
  }

  /// Decodes the body of the record. The caller compares `id` with the object's name.
  public static func decode(_ bytes: UnsafeRawBufferPointer) throws(FormatError) -> Snapshot {
    let body = try JSONBody.decode(bytes, as: Body.self, record: record, atMost: Limits.snapshotLength)
    var snapshot = Snapshot(
      id: try JSONMember.id(body.id, record, "id"), time: try JSONMember.time(body.time, record, "time"),
      host: body.host, user: body.user, job: body.job, label: body.label, tags: body.tags, roots: [],
      paths: body.paths, excludes: body.excludes, program: body.program, sequence: body.sequence.value,
      isPinned: body.pinned ?? false, statistics: SnapshotStatistics(body.statistics))
    for root in body.roots { snapshot.roots.append(try SnapshotRoot(root)) }
    guard !snapshot.roots.isEmpty else { throw .malformed(record, "roots: none") }
    if let parent = body.parent.value { snapshot.parent = try JSONMember.id(parent, record, "parent") }
    if let previous = body.previous.value { snapshot.previous = try digest(previous, "previous") }
    let replaced = body.replaces ?? []
    guard replaced.count <= Limits.replacedSnapshots else { throw .limit(record, "replaces: too many") }
    for text in replaced { snapshot.replaces.append(try digest(text, "replaces")) }
    return snapshot
  }

  private static func digest(_ text: String, _ member: String) throws(FormatError) -> Digest256 {
    guard let digest = Digest256(hexadecimal: text) else {
      throw .malformed(record, "\(member): not 64 hexadecimal digits")
    }
    return digest
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
    files = body.files.value
    directories = body.directories.value
    others = body.others.value
    bytes = body.bytes.value
    newChunks = body.newChunks.value
    newBytes = body.newBytes.value
    storedBytes = body.storedBytes.value
    errors = body.errors.value
    changed = body.changed?.value ?? 0
    seconds = body.seconds
  }
}

extension Body.Statistics {
  fileprivate init(_ statistics: SnapshotStatistics) {
    files = JSONNumber(statistics.files)
    directories = JSONNumber(statistics.directories)
    others = JSONNumber(statistics.others)
    bytes = JSONNumber(statistics.bytes)
    newChunks = JSONNumber(statistics.newChunks)
    newBytes = JSONNumber(statistics.newBytes)
    storedBytes = JSONNumber(statistics.storedBytes)
    errors = JSONNumber(statistics.errors)
    changed = statistics.changed == 0 ? nil : JSONNumber(statistics.changed)
    seconds = statistics.seconds
  }
}
