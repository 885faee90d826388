import FileSystem

/// The first of an entry's names, which is restored itself; the others become hard links of it.
protocol RestoreOriginal: AnyObject, Sendable {
  var directory: RestoreDirectory { get }
  var name: FileName { get }
  /// Whether the name now is what the snapshot says. Asked when no worker is busy with it any more.
  var isRestored: Bool { get }
  /// Whether this restore made it, or with a dry run would.
  var isNew: Bool { get }
}

/// Another name of an entry that was restored before.
struct RestoreLink {
  let entry: TreeEntry
  let directory: RestoreDirectory
  let name: FileName
  let original: any RestoreOriginal
}
