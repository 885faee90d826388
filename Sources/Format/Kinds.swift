/// What a chunk holds; part of what its id is computed over.
public enum ChunkKind: UInt8, Hashable, Sendable, CaseIterable {
  /// A piece of a file's content.
  case data = 1
  /// A tree object.
  case tree = 2
  /// A content list.
  case contentList = 3
}

/// What a pack holds.
public enum PackKind: UInt8, Hashable, Sendable, CaseIterable {
  /// Chunks of file data.
  case data = 1
  /// Tree objects and content lists.
  case metadata = 2

  /// Whether a chunk of `kind` may stand in a pack of this kind.
  public func holds(_ kind: ChunkKind) -> Bool { (kind == .data) == (self == .data) }
}

/// How a frame or a record's body is stored.
public enum Codec: UInt8, Hashable, Sendable, CaseIterable {
  /// As it is.
  case stored = 0
  /// As one Zstandard frame.
  case zstd = 1
}

/// What a sealed record is.
public enum RecordKind: UInt8, Hashable, Sendable, CaseIterable {
  /// A copy of pack directories under a key that writers hold.
  case indexSegment = 1
  /// The record of one backup.
  case snapshot = 2
  /// The announcement of a running backup.
  case intent = 3
  /// The packs that a prune is about to remove.
  case tombstone = 4
  /// The final set of packs that a prune removes.
  case sweep = 5
  /// A fence in the place of a snapshot.
  case abort = 6

  /// The most bytes that a body of this kind may have before compression.
  public var rawLengthLimit: Int {
    switch self {
    case .indexSegment: Limits.indexSegmentLength
    case .snapshot: Limits.snapshotLength
    case .intent, .abort: Limits.smallRecordLength
    case .tombstone, .sweep: Limits.packSetLength
    }
  }
}

/// What the holder of a key may do.
public enum KeyRole: String, Hashable, Sendable, CaseIterable {
  /// Everything.
  case full
  /// Add snapshots, but read no content.
  case write
}

/// The type of a directory entry.
public enum FileType: UInt8, Hashable, Sendable, CaseIterable {
  /// A regular file.
  case file = 1
  /// A directory.
  case directory = 2
  /// A symbolic link.
  case symbolicLink = 3
  /// A FIFO.
  case fifo = 4
  /// A character device.
  case characterDevice = 5
  /// A block device.
  case blockDevice = 6
  /// A socket.
  case socket = 7
}
