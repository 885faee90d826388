import Format

/// The part of a file that one batch restores.
final class RestorePart: @unchecked Sendable {
  let file: RestoreFile
  /// Where it begins in the file.
  let start: UInt64
  let items: [ContentItem]
  let isFirst: Bool
  let isLast: Bool

  /// Set by the worker that prepares the part.
  var pieces: [RestorePiece] = []
  var fills: [RestoreFill] = []

  init(_ file: RestoreFile, start: UInt64, items: [ContentItem], isFirst: Bool, isLast: Bool) {
    self.file = file
    self.start = start
    self.items = items
    self.isFirst = isFirst
    self.isLast = isLast
  }

  /// Calls `body` with each item and its range in the file.
  func forEachItem(
    _ body: (ContentItem, Range<Int64>) throws(SnapshotsError) -> Void
  ) throws(SnapshotsError) {
    var offset = start
    for item in items {
      let (end, overflow) = offset.addingReportingOverflow(item.length)
      guard !overflow, let upper = Int64(exactly: end) else {
        throw SnapshotsError(.damaged, "the file is longer than a file can be")
      }
      try body(item, Int64(offset)..<upper)
      offset = end
    }
  }
}
