import Format
import Repository
import Snapshots

/// How much a snapshot holds, and takes in the repository.
struct SnapshotSizes {
  let snapshot: Snapshot
  private(set) var files = 0
  private(set) var directories = 0
  private(set) var others = 0
  /// The length of all files.
  private(set) var bytes: UInt64 = 0
  /// The chunks of data, each counted once.
  private(set) var chunks = 0
  /// Their length.
  private(set) var uniqueBytes: UInt64 = 0
  /// What they take in packs.
  private(set) var storedBytes: UInt64 = 0

  var compressionRatio: Double { Stats.ratio(uniqueBytes, storedBytes) }

  init(of snapshot: Snapshot, _ reading: RepositoryReading) throws {
    self.snapshot = snapshot
    let reader = try reading.chunkReader()
    var seen = CompactIDSet()
    let opened = try OpenSnapshot(snapshot, reading)
    try opened.walk(from: []) { entry in
      switch entry.node.content {
      case .directory: directories += 1
      case .file(let items):
        files += 1
        // Whoever made the tree may have made sizes up.
        bytes &+= entry.node.size
        var content = ContentCursor(items: items)
        while let item = try content.next(reading: reader) {
          guard case .chunk(let id, let length) = item, seen.insert(id) else { continue }
          uniqueBytes += length
          storedBytes += try reader.storedLength(of: id, kind: .data)
        }
      case .symbolicLink, .device, .none: others += 1
      }
    }
    chunks = seen.count
  }
}
