import Format

/// Small files of one directory that a worker has read and not stored: one behind the other in its buffer.
///
/// Ids of many chunks are made in less time than as many one by one, and most files are one chunk.
struct SmallFiles {
  struct File {
    /// Lacks its content.
    let node: Node
    let place: DirectoryTask.Place
    let chunkCount: Int
  }

  // What is read should still be in the processor's cache when it is stored.
  private static let lengthLimit = 256 << 10
  private static let countLimit = 128

  private(set) var files: [File] = []
  /// The lengths of their chunks.
  private(set) var chunks: [Int] = []
  /// Their bytes.
  private(set) var length = 0

  /// Whether they are to be stored before another file is read.
  var isFull: Bool { length >= Self.lengthLimit || files.count >= Self.countLimit }

  mutating func append(_ node: Node, at place: DirectoryTask.Place, chunks lengths: [Int]) {
    files.append(File(node: node, place: place, chunkCount: lengths.count))
    chunks += lengths
    length += lengths.reduce(0, +)
  }

  mutating func removeAll() {
    files.removeAll(keepingCapacity: true)
    chunks.removeAll(keepingCapacity: true)
    length = 0
  }
}
