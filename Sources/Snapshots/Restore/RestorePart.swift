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
      let range = try Self.range(of: item, at: offset)
      try body(item, range)
      offset = UInt64(range.upperBound)
    }
  }

  /// Where in a file the item is that begins at an offset.
  static func range(of item: ContentItem, at offset: UInt64) throws(SnapshotsError) -> Range<Int64> {
    let (end, overflow) = offset.addingReportingOverflow(item.length)
    guard !overflow, let upper = Int64(exactly: end) else {
      throw SnapshotsError(.damaged, "the file is longer than a file can be")
    }
    return Int64(offset)..<upper
  }
}
