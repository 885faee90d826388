public import FileSystem
import Format
import Synchronization

/// Counts the files that a backup will come to, so that its progress can be told as a share.
///
/// It looks at names and sizes only, and errs where the tree changes meanwhile; nothing but display may depend on it.
public final class BackupScan: Sendable {
  private let selection: Selection
  private let fileCount = Atomic<UInt64>(0)
  private let byteCount = Atomic<UInt64>(0)
  private let isDone = Atomic<Bool>(false)
  private let isCancelled = Atomic<Bool>(false)

  private struct Pending {
    let path: PathBytes
    let selection: Selection
  }

  /// A scan of what a backup of `paths` reads.
  /// - Throws: `.notFound` if a path's directory does not exist.
  public init(paths: [PathBytes], exclusions: Exclusions) throws(SnapshotsError) {
    var canonical: [[FileName]] = []
    for path in paths { canonical.append(try SourceTree.canonical(path)) }
    selection = Selection(exclusions, sources: SourceTree(canonical))
  }

  /// The files and their bytes; nil until all are counted.
  public var totals: (files: UInt64, bytes: UInt64)? {
    guard isDone.load(ordering: .acquiring) else { return nil }
    return (fileCount.load(ordering: .relaxed), byteCount.load(ordering: .relaxed))
  }

  /// Has `run` return soon, without totals.
  public func cancel() { isCancelled.store(true, ordering: .relaxed) }

  /// Counts; returns when all is counted or the scan was cancelled.
  public func run() {
    var reader = DirectoryReader()
    var pending = [Pending(path: "/", selection: selection)]
    while let next = pending.popLast() {
      if isCancelled.load(ordering: .relaxed) { return }
      // What can't be read is for the backup to report.
      pending += (try? count(next, &reader)) ?? []
    }
    isDone.store(true, ordering: .releasing)
  }

  /// Counts the files of one directory; gives the directories in it.
  private func count(_ place: Pending, _ reader: inout DirectoryReader) throws(FileSystemError) -> [Pending] {
    let directory = try Directory(at: place.path)
    let listed = place.selection.takesAll ? try reader.entries(of: directory) : []
    let (selection, entries) = place.selection.choosing(from: listed, in: directory) { _, _ in }
    var below: [Pending] = []
    for name in entries.map(\.name) {
      guard let status = try? directory.status(of: name) else { continue }
      if status.type == .directory {
        below.append(
          Pending(path: place.path.appending(name), selection: selection.entering(name, device: status.device)))
      } else if status.type == .regular, !selection.excludes(status) {
        fileCount.add(1, ordering: .relaxed)
        byteCount.add(UInt64(status.size), ordering: .relaxed)
      }
    }
    return below
  }
}
