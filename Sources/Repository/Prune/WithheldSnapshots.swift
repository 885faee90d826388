import Backend

/// Snapshots that a storage leaves out of its listing, or doesn't find: as if they had been forgotten, and as if what they need
/// could go. A storage that lies consistently can't be told from one where they were; but it may contradict itself, or what
/// this client knows.
struct WithheldSnapshots {
  let context: RepositoryContext
  let cache: Cache

  /// - Parameter known: what was listed and read just now.
  /// - Throws: `.damaged` if there is a snapshot that was not.
  func refuse(known: [String: SnapshotRecord]) throws(RepositoryError) {
    // Before the list is read: others who share the cache add what has come since.
    let store = SnapshotCache(cache: cache)
    let cached = try store.all().keys
    let listed = try list()
    // What has come since can be read.
    var unfound: Set<ObjectName> = []
    for name in listed.sorted() where known[name.name] == nil {
      if try !isFound(name) { unfound.insert(name) }
    }
    if !unfound.isEmpty, let name = try list().intersection(unfound).min() {
      throw RepositoryError(
        .damaged, "snapshot \(name.name) is listed and can't be found; nothing is removed")
    }
    let names = Set(listed.map(\.name))
    let gone = cached.filter { known[$0] == nil && !names.contains($0) }
    for name in gone.sorted() {
      let object = try RepositoryError.wrapping("snapshot \(name)") { () throws(BackendError) in
        try ObjectName(.snapshots, name)
      }
      guard try context.stands(object) else { continue }
      // An abort record may come to the name of one that was forgotten.
      guard try list().contains(object) else {
        throw RepositoryError(.damaged, "snapshot \(name) stands and is not listed; nothing is removed")
      }
    }
    // So that nobody asks for them again.
    try store.update(removing: gone, adding: [:])
  }

  private func list() throws(RepositoryError) -> Set<ObjectName> {
    Set(try context.snapshotListing().objects.map(\.name))
  }

  private func isFound(_ name: ObjectName) throws(RepositoryError) -> Bool {
    do throws(RepositoryError) {
      _ = try context.snapshotRecord(name)
      return true
    } catch let error where error.code == .missing {
      return false
    }
  }
}
