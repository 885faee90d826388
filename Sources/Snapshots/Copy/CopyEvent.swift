public import Format
public import Repository

/// What a copy tells of while it goes on. Targets are named by their place among those that it was given.
public enum CopyEvent: Sendable {
  /// A snapshot stands in a target now; a rehearsal says what it would add.
  case copied(CopiedSnapshot)
  /// A target has the snapshot already, under this id.
  case present(Snapshot, as: SnapshotID, target: Int)
  /// Something that the snapshot needs can't be read, so it was copied to none of the targets that lack it.
  case unreadable(Snapshot, LostContent)
  /// The snapshot was forgotten, or changed, since it was listed.
  case gone(Snapshot)
  /// A target has a snapshot that can't be read, so that nobody can say whether it is one of those to copy.
  case damaged(target: Int, RepositoryError)
  /// A target can't go on; the others do.
  case failed(target: Int, any Error)
}

/// A snapshot that was copied.
public struct CopiedSnapshot: Sendable {
  /// As it is in the source.
  public let original: Snapshot
  /// Its id in the target; nil in a rehearsal.
  public let id: SnapshotID?
  /// The target.
  public let target: Int
  /// Bytes that the target lacked, before compression. In a rehearsal what was never copied to a target with other chunk ids counts.
  public let newBytes: UInt64
  /// The bytes that they take in packs; zero in a rehearsal.
  public let storedBytes: UInt64
}

/// What of a snapshot can't be read.
public struct LostContent: Sendable {
  /// The first reason that was met.
  public let reason: any Error
  /// Paths of files and directories that it is part of, the first ones by name.
  public internal(set) var paths: [[UInt8]] = []
  /// How many there are.
  public internal(set) var pathCount = 0

  init(_ reason: any Error) { self.reason = reason }
}
