import Backend
public import Format

extension Repository {
  /// Passes if the key may do all that can be done.
  ///
  /// - Parameter task: what is to be done, for the error message.
  /// - Throws: `.forbidden` for a write key.
  public func requireFullKey(to task: String) throws(RepositoryError) { _ = try context.privateKey(to: task) }

  /// Removes snapshots; what only they need stays until the next prune. Those that are gone already are passed over.
  ///
  /// - Throws: `.forbidden` for a write key; `.invalidArgument`, before anything is removed, if an id is that of a session
  ///   that was fenced off, whose record must stay. If the backend fails any of the snapshots may be gone; repeating the
  ///   call settles it.
  public func forget(_ ids: [SnapshotID]) throws(RepositoryError) {
    try requireFullKey(to: "forget snapshots")
    let store = SnapshotCache(cache: cache)
    let cached = try store.all()
    let lengths = Dictionary(try context.snapshotListing().objects.map { ($0.name, $0.size) }) { first, _ in first }
    var names: [ObjectName] = []
    for id in ids {
      let name = try ObjectName.snapshot(id)
      do throws(RepositoryError) {
        let known = cached[id.hex].flatMap { lengths[name] == $0.length ? $0.kind : nil }
        let kind = if let known { known } else { try context.snapshotRecord(name).kind }
        guard kind == .snapshot else {
          throw RepositoryError(.invalidArgument, "\(id) is no snapshot but the end of a backup that was cut off")
        }
        names.append(name)
      } catch let error where error.code == .missing {
        continue
      }
    }
    guard !names.isEmpty else { return }
    try RepositoryError.wrapping("snapshots to forget") { () throws(BackendError) in
      try context.backend.delete(names)
    }
    try store.update(removing: names.map(\.name), adding: [:])
  }
}
