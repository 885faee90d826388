import Cryptography
import Format
import Snapshots

extension JSONWriter {
  /// A snapshot as every command shows it.
  mutating func snapshot(_ snapshot: Snapshot) {
    object { json in json.fields(of: snapshot) }
  }

  /// The fields of a snapshot, in an object that is open.
  mutating func fields(of snapshot: Snapshot) {
    field("id", snapshot.id.hex)
    field("short_id", snapshot.shortID)
    field("time", Display.rfc3339(Instant(snapshot.time)))
    field("host", snapshot.host)
    field("user", snapshot.user)
    field("job", snapshot.job)
    field("label", snapshot.label)
    strings("tags", snapshot.tags)
    strings("paths", snapshot.paths)
    strings("excludes", snapshot.excludes)
    array("roots") { json in
      for root in snapshot.roots {
        json.object { json in
          json.field("kind", root.kind.rawValue)
          json.field("tree", root.tree.hex)
        }
      }
    }
    if let parent = snapshot.parent { field("parent", parent.hex) }
    field("program", snapshot.program)
    field("sequence", snapshot.sequence)
    if let previous = snapshot.previous { field("previous", previous.hexadecimal) }
    field("pinned", snapshot.isPinned)
    if !snapshot.replaces.isEmpty { strings("replaces", snapshot.replaces.map(\.hexadecimal)) }
    object("statistics") { json in json.fields(of: snapshot.statistics) }
  }

  /// What a backup did, in an object that is open.
  mutating func fields(of statistics: SnapshotStatistics) {
    field("files", statistics.files)
    field("directories", statistics.directories)
    field("others", statistics.others)
    field("bytes", statistics.bytes)
    field("new_chunks", statistics.newChunks)
    field("new_bytes", statistics.newBytes)
    field("stored_bytes", statistics.storedBytes)
    field("errors", statistics.errors)
    field("changed", statistics.changed)
    field("seconds", statistics.seconds)
  }

  /// A path that a snapshot's successor lacks, in an object that is open.
  mutating func dropped(_ path: [UInt8], from snapshot: Snapshot) {
    field("message_type", "dropped")
    field("snapshot_id", snapshot.id.hex)
    field("path", path: path)
  }

  /// A field whose value is an array of texts.
  mutating func strings(_ name: String, _ values: [String]) {
    array(name) { json in
      for value in values { json.value(value) }
    }
  }
}
