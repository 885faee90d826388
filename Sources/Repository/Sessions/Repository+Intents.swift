import Backend
public import Format

/// A session that has announced itself and not ended, as its intent says.
public struct AnnouncedSession: Sendable {
  /// The session's id.
  public let id: SnapshotID
  /// Its intent; nil if that is damaged.
  public let intent: Intent?

  init(id: SnapshotID, intent: Intent?) {
    self.id = id
    self.intent = intent
  }
}

extension Repository {
  /// The sessions that stand in the repository: running, or cut off.
  public func announcedSessions() throws(RepositoryError) -> [AnnouncedSession] { try context.announcedSessions() }
}

extension RepositoryContext {
  /// The sessions whose intents stand, by id.
  func announcedSessions() throws(RepositoryError) -> [AnnouncedSession] {
    var sessions: [AnnouncedSession] = []
    for id in try sessionIDs() {
      do throws(RepositoryError) {
        sessions.append(AnnouncedSession(id: id, intent: try intent(id)))
      } catch let error where error.code == .missing {
        // It ended since it was listed.
        continue
      } catch let error where error.code == .damaged {
        sessions.append(AnnouncedSession(id: id, intent: nil))
      }
    }
    return sessions
  }

  /// The ids of the sessions whose intents stand, sorted.
  func sessionIDs() throws(RepositoryError) -> [SnapshotID] {
    let listing = try RepositoryError.wrapping("the list of intents") { () throws(BackendError) in
      try backend.list(.intents)
    }
    return listing.objects.compactMap { SnapshotID(hex: $0.name.name) }.sorted()
  }

  /// Announces a session.
  func publish(_ intent: Intent) throws(RepositoryError) {
    let name = intent.id.hex
    let body = try RepositoryError.wrapping("intent \(name)") { () throws(FormatError) in try intent.encode() }
    guard try publish(.intent, in: .intents, as: name, body: body, "intent \(name)") else {
      throw RepositoryError(.backend, "intent \(name) has just been made and stands in the repository already")
    }
  }

  /// Ends a session: it publishes nothing any more.
  func removeIntent(_ id: SnapshotID) throws(RepositoryError) {
    try RepositoryError.wrapping("intent \(id)") { () throws(BackendError) in
      try backend.delete(ObjectName(.intents, id.hex))
    }
  }

  private func intent(_ id: SnapshotID) throws(RepositoryError) -> Intent {
    let name = try ObjectName.intent(id)
    let body = try record([.intent], name, limit: RecordKind.intent.objectLengthLimit).body
    let intent = try RepositoryError.wrapping("\(name)") { () throws(FormatError) in
      try body.withBytes { (bytes) throws(FormatError) in try Intent.decode(bytes) }
    }
    guard intent.id == id else { throw RepositoryError(.damaged, "\(name) says that its id is \(intent.id)") }
    return intent
  }
}
