/// The kinds of object a repository stores. An area is a name space of its own: it is listed as a whole, and the same
/// name may stand in several areas.
public enum ObjectArea: String, CaseIterable, Hashable, Sendable {
  /// Holds exactly one object, `ObjectName.config`. Its presence is what makes a place a repository.
  case config
  /// Key slots.
  case keys
  /// Packs, named by the SHA-256 of their bytes in lower-case hexadecimal.
  case packs
  /// Index segments, named by their session and a number in it.
  case index
  /// Snapshots and abort records; their names are claimed by no-clobber creation.
  case snapshots
  /// One record for each running writer.
  case intents
  /// Numbered records of packs that are about to be removed.
  case tombstones
  /// Numbered records of what a tombstone's sweep removes in the end.
  case sweeps
  /// Parity of packs, index segments and snapshots, named by the object and its area.
  case parity
}

extension ObjectArea {
  /// Whether the area holds so many objects that backends may spread them by the first two digits of their names.
  package var isSpread: Bool { self == .packs || self == .parity }
}
