import Backend
import Format

extension ObjectName {
  /// A pack.
  static func pack(_ id: PackID) throws(RepositoryError) -> ObjectName { try named(.packs, id.hex) }

  /// An index segment.
  static func segment(_ id: SegmentID) throws(RepositoryError) -> ObjectName { try named(.index, id.text) }

  /// A snapshot, or the abort record in its place.
  static func snapshot(_ id: SnapshotID) throws(RepositoryError) -> ObjectName { try named(.snapshots, id.hex) }

  /// The intent of a session.
  static func intent(_ session: SnapshotID) throws(RepositoryError) -> ObjectName { try named(.intents, session.hex) }

  /// The tombstone or the sweep record of a number.
  static func pruneRecord(_ area: ObjectArea, _ number: UInt64) throws(RepositoryError) -> ObjectName {
    try named(area, PackSet.objectName(number: number))
  }

  private static func named(_ area: ObjectArea, _ name: String) throws(RepositoryError) -> ObjectName {
    try RepositoryError.wrapping("\(area.rawValue)/\(name)") { () throws(BackendError) in try ObjectName(area, name) }
  }
}
