import Cryptography
import Format
import Repository
import Retention

/// The snapshots of a repository, to be found by the names that the command line gives them.
struct SnapshotCatalog {
  /// All of them, oldest first.
  let snapshots: [Snapshot]
  /// The hashes of their objects.
  let hashes: [SnapshotID: Digest256]
  /// The names of those that could not be read; each has been reported.
  let damaged: [String]
  private let now: Instant
  private let console: Console

  init(_ repository: Repository, _ context: CommandContext) throws {
    let listing = try repository.snapshots()
    for (_, error) in listing.damaged { context.console.warning("\(error)") }
    snapshots = listing.snapshots
    hashes = listing.hashes
    damaged = listing.damaged.map(\.name)
    now = context.now
    console = context.console
  }

  /// The snapshot that an argument names. Ids look at all snapshots, other names at those that pass the filter.
  /// - Throws: an error that quotes the argument when it names none or, as the start of an id, several; or when it could be one
  ///   that can't be read.
  func snapshot(_ argument: RawText, _ filter: SnapshotFilter? = nil) throws(CommandError) -> Snapshot {
    let location = try split(argument, filter)
    guard location.path == nil else {
      throw CommandError(.usage, "\"\(argument.escaped)\" names a path; a snapshot is wanted here")
    }
    return location.snapshot
  }

  /// The snapshot and the path that `SNAPSHOT` or `SNAPSHOT:PATH` names.
  func split(
    _ argument: RawText, _ filter: SnapshotFilter? = nil
  ) throws(CommandError) -> (snapshot: Snapshot, path: [UInt8]?) {
    let (name, path) = try SnapshotName.split(argument.bytes, now: now)
    switch name {
    case .id(let prefix): return (try snapshot(withPrefix: prefix), path)
    case .latest(let back):
      try requireKnown(argument)
      let candidates = filter?.apply(to: snapshots) ?? snapshots
      guard back < candidates.count else {
        throw CommandError(
          .failed,
          candidates.isEmpty
            ? none(filter)
            : "there \(candidates.count == 1 ? "is" : "are") only \(Display.count(candidates.count, "snapshot"))")
      }
      warnOfFuture(candidates)
      return (candidates[candidates.count - 1 - back], path)
    case .notLater(let time):
      try requireKnown(argument)
      let candidates = filter?.apply(to: snapshots) ?? snapshots
      guard let found = candidates.last(where: { Instant($0.time) <= time }) else {
        throw CommandError(
          .failed, candidates.isEmpty ? none(filter) : "no snapshot is as old as \(Display.localTime(time))")
      }
      return (found, path)
    }
  }

  /// Says so if the newest is newer than now: it hides what is taken meanwhile. Which of the two clocks is wrong can't be told.
  private func warnOfFuture(_ candidates: [Snapshot]) {
    let horizon = Instant(seconds: now.seconds + RetentionPolicy.futureTolerance)
    guard let last = candidates.last, Instant(last.time) > horizon else { return }
    console.warning(
      "the latest snapshot, \(last.shortID), is dated in the future: \(Display.localTime(Instant(last.time))); snapshots that were taken "
        + "after it may look older. Name the one that is meant by its id, see \"firn snapshots\"")
  }

  /// Refuses a name that could be another snapshot's, if all could be read.
  private func requireKnown(_ argument: RawText) throws(CommandError) {
    guard !damaged.isEmpty else { return }
    throw CommandError(
      .damaged,
      "which snapshot \"\(argument.escaped)\" is can't be told, since \(Display.count(damaged.count, "snapshot")) can't be read; "
        + "name one by its id, see \"firn snapshots\"")
  }

  private func none(_ filter: SnapshotFilter?) -> String {
    filter?.isEmpty ?? true ? "the repository has no snapshots" : "no snapshot passes the filters"
  }

  private func snapshot(withPrefix prefix: String) throws(CommandError) -> Snapshot {
    let matches = snapshots.filter { $0.id.hex.hasPrefix(prefix) }
    let unreadable = damaged.filter { $0.hasPrefix(prefix) }
    guard let first = matches.first else {
      guard unreadable.isEmpty else {
        throw CommandError(
          .damaged,
          "snapshot \(prefix) can't be read; \"firn repair snapshots --forget\" sets it aside if it can't be healed")
      }
      throw CommandError(.failed, "there is no snapshot \(prefix)")
    }
    let count = matches.count + unreadable.count
    guard count == 1 else {
      throw CommandError(.usage, "\(prefix) is the start of \(count) snapshot ids; give more digits")
    }
    return first
  }
}

extension Repository {
  /// Brings the index up to date for a command that only reads; what can't be read of it is warned of.
  func refreshIndex(warning console: Console) throws(RepositoryError) {
    try refreshIndex { error in console.warning("\(error)") }
  }
}

extension Snapshot {
  /// The start of the id, as tables show it.
  var shortID: String { String(id.hex.prefix(8)) }
}
