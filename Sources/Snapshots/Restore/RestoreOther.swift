import FileSystem

/// An entry that is neither directory nor regular file.
///
/// One worker restores it; what came of it is looked at when all are done.
final class RestoreOther: RestoreOriginal, @unchecked Sendable {
  enum Result {
    case created
    /// It was there.
    case kept
  }

  let entry: TreeEntry
  let directory: RestoreDirectory
  let name: FileName
  /// Nil if it is not, or not yet, as the snapshot has it.
  var result: Result?

  init(_ entry: TreeEntry, name: FileName, in directory: RestoreDirectory) {
    self.entry = entry
    self.name = name
    self.directory = directory
  }

  var isRestored: Bool { result != nil }
  var isNew: Bool { result == .created }
}
