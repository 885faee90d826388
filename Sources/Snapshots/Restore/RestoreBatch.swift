import Format
import Repository

/// A chunk to be written to a place in a file.
struct RestorePiece {
  let id: ChunkID
  let place: ChunkPlace
  let range: Range<Int64>
}

/// A run of zeros in a file.
struct RestoreFill {
  let range: Range<Int64>
  let isHole: Bool
}

/// What one frame has for one file, or what a file needs that no frame has.
struct RestoreShare {
  let file: RestoreFile
  let pieces: [RestorePiece]
  let fills: [RestoreFill]
}

/// Work that is planned, done and forgotten together, so that memory doesn't grow with the tree.
struct RestoreBatch {
  private static let entryLimit = 8192
  private static let byteLimit: UInt64 = 512 << 20
  private static let itemLimit = 32_768
  /// Directories that a batch holds open. Two batches' are open at once, well below the usual limit of 1,024 descriptors.
  private static let directoryLimit = 384

  /// Batches are numbered from 1.
  let number: Int
  var parts: [RestorePart] = []
  var others: [RestoreOther] = []
  var links: [RestoreLink] = []
  /// Directories that are complete after this batch, those below before those above.
  var finished: [RestoreDirectory] = []
  /// Directories that are open as long as this batch is worked on.
  private(set) var held: [RestoreDirectory] = []
  var bytes: UInt64 = 0
  var items = 0

  init(number: Int) { self.number = number }

  var isFull: Bool {
    parts.count + others.count + links.count + finished.count >= Self.entryLimit || bytes >= Self.byteLimit
      || items >= Self.itemLimit || held.count >= Self.directoryLimit
  }

  var isEmpty: Bool { parts.isEmpty && others.isEmpty && links.isEmpty && finished.isEmpty && held.isEmpty }

  /// Keeps the directory open for this batch.
  mutating func hold(_ directory: RestoreDirectory) throws(SnapshotsError) {
    guard case .made = directory.state, directory.lastBatch != number else { return }
    try directory.hold()
    directory.lastBatch = number
    held.append(directory)
  }
}
