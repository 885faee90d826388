import Backend
import Cryptography
import Format

/// Checks the records of snapshots, from the repository and against the cache.
struct SnapshotCheck {
  let repository: Repository
  let log: CheckLog

  /// The readable snapshots, by ascending time.
  func run(_ listing: Listing) throws(RepositoryError) -> [Snapshot] {
    let store = SnapshotCache(cache: repository.cache)
    var cached = try store.all()
    var stale: [String] = []
    var snapshots: [(snapshot: Snapshot, hash: Digest256)] = []
    for object in listing.objects {
      let name = object.name.name
      guard SnapshotID(hex: name) != nil else {
        log.add(.note, .foreign, "\(object.name)", "no snapshot has such a name")
        continue
      }
      let remembered = cached.removeValue(forKey: name)
      do throws(RepositoryError) {
        let record = try repository.context.snapshotRecord(object.name)
        if let remembered, remembered.kind != record.kind || remembered.body != record.body {
          stale.append(name)
          log.add(
            .warning, .cache, "snapshots/\(name)", "this client's cache held another record of it; it was removed")
        }
        if record.kind == .snapshot {
          snapshots.append((try Snapshot(record.body, name: name), record.hash))
        } else {
          try checkAbortRecord(record.body, name: name)
        }
      } catch let error where error.code == .missing {
        // It was forgotten since it was listed; that somebody took it away can't be told from that.
        continue
      } catch let error where error.code != .cache {
        log.suspect(object.name, because: log.add(.error, .snapshot, "snapshots/\(name)", "\(error)"))
      }
    }
    try store.update(removing: stale + repository.context.vanished(Array(cached.keys)), adding: [:])
    checkSequences(snapshots)
    log.count { [count = snapshots.count] in $0.snapshots = count }
    return snapshots.map(\.snapshot).sorted { $0.precedes($1) }
  }

  private func checkAbortRecord(_ body: [UInt8], name: String) throws(RepositoryError) {
    let record = try RepositoryError.wrapping("snapshot \(name)") { () throws(FormatError) in
      try body.withBytes { (bytes) throws(FormatError) in try AbortRecord.decode(bytes) }
    }
    guard record.id.hex == name else {
      throw RepositoryError(.damaged, "the abort record \(name) says that its id is \(record.id)")
    }
  }

  /// A snapshot names its host's previous one by its hash, so that one which was swapped for an older state shows.
  private func checkSequences(_ snapshots: [(snapshot: Snapshot, hash: Digest256)]) {
    for (host, group) in Dictionary(grouping: snapshots, by: \.snapshot.host).sorted(by: { $0.key < $1.key }) {
      let bySequence = Dictionary(grouping: group, by: \.snapshot.sequence)
      for (snapshot, _) in group.sorted(by: { $0.snapshot.sequence < $1.snapshot.sequence }) {
        guard snapshot.sequence > 1, let previous = snapshot.previous,
          let candidates = bySequence[snapshot.sequence - 1]
        else { continue }
        // Two backups of a host that ran at the same time have the same number; one of them must be it, or have been
        // made from it when its tags, pin or contents were changed.
        guard !candidates.contains(where: { $0.hash == previous || $0.snapshot.replaces.contains(previous) }) else {
          continue
        }
        log.add(
          .warning, .sequence, "snapshots/\(snapshot.id)",
          "the snapshot number \(snapshot.sequence - 1) of host \(host) is not the one that this snapshot followed")
      }
      let numbers = bySequence.keys.sorted()
      let gaps = zip(numbers, numbers.dropFirst()).filter { $0 + 1 < $1 }
      guard !gaps.isEmpty else { continue }
      let list = gaps.prefix(CheckOptions.defaultNameLimit).map { $0 + 2 == $1 ? "\($0 + 1)" : "\($0 + 1)–\($1 - 1)" }
      log.add(
        .note, .sequence, "snapshots",
        "snapshots of host \(host) are not there (numbers \(list.joined(separator: ", "))"
          + "\(gaps.count > list.count ? " …" : "")): forgotten, or withheld by the storage")
    }
  }
}
