import FileSystem

/// What of an entry's metadata could not be restored, and why. Whatever could be is.
struct MetadataGaps {
  // An entry can have thousands of attributes.
  private static let shown = 8

  private var gaps: [String] = []

  /// Restores one thing, or notes by its name that it is lacking. Tells whether it came through.
  @discardableResult
  mutating func attempt(_ name: @autoclosure () -> String, _ body: () throws(FileSystemError) -> Void) -> Bool {
    do throws(FileSystemError) {
      try body()
      return true
    } catch {
      note(name(), error.forbiddingPath == nil ? error.reason : "it is immutable or append-only: see lsattr, chattr")
      return false
    }
  }

  /// Notes that something is lacking.
  mutating func note(_ name: String, _ reason: String) { gaps.append("\(name) (\(reason))") }

  /// What to report; nil if nothing is lacking. It has no cause: a lack of space for an attribute doesn't tell of a full disk,
  /// which shows where content is written.
  var error: SnapshotsError? {
    if gaps.isEmpty { return nil }
    var list = gaps.prefix(Self.shown).joined(separator: ", ")
    if gaps.count > Self.shown { list += " and \(gaps.count - Self.shown) more" }
    return SnapshotsError(.fileSystem, "restored, but not all of its metadata could be: \(list)")
  }
}
