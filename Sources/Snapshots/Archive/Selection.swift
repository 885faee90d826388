import FileSystem
import Format
import Patterns

/// What of one directory is backed up: the source paths and the exclusions as they stand there.
///
/// One rule holds for them, in backups, their scans and when snapshots are rewritten: a path that was named is a source,
/// whatever is said of the directories above it, and what leads to it is never left out. So at a source the file system to
/// stay on is its own, and patterns that match it or a directory above count no more. Where all else of a directory
/// is left out, it holds nothing but what leads to sources.
struct Selection: Sendable {
  private let exclusions: Exclusions
  /// The source paths from here on.
  private let sources: SourceTree
  /// Whether all that isn't excluded is taken; otherwise only what leads to sources.
  private(set) var takesAll: Bool
  private let patterns: PathPatternScope
  private var ignored: IgnoreScope
  /// The file system to stay on, if that was asked for; nil until the source's directory was opened.
  private var device: DeviceNumber?

  /// The selection in the root directory.
  init(_ exclusions: Exclusions, sources: SourceTree) {
    self.init(
      exclusions: exclusions, sources: sources, takesAll: sources.isSource,
      patterns: PathPatternScope(exclusions.patterns, directory: []), ignored: IgnoreScope(), device: nil)
  }

  private init(
    exclusions: Exclusions, sources: SourceTree, takesAll: Bool, patterns: PathPatternScope, ignored: IgnoreScope,
    device: DeviceNumber?
  ) {
    self.exclusions = exclusions
    self.sources = sources
    self.takesAll = takesAll
    self.patterns = patterns
    self.ignored = ignored
    self.device = device
  }

  /// Whether an entry is a source path.
  func isSource(_ name: FileName) -> Bool { sources.children[name]?.isSource ?? false }

  /// Whether an entry is a source path or on the way to one.
  func leadsToSource(_ name: FileName) -> Bool { sources.children[name] != nil }

  /// Whether an entry is left out because of its name.
  func leavesOut(_ name: FileName, isDirectory: Bool) -> Bool {
    excludes(name, isDirectory: isDirectory) && !leadsToSource(name)
  }

  /// Whether a file is too large.
  func excludes(_ status: FileStatus) -> Bool {
    guard let limit = exclusions.largerThan, status.type == .regular else { return false }
    return status.size > limit
  }

  /// The selection in the subdirectory `name`, which isn't left out.
  ///
  /// - Parameter device: the file system that it is on; nil if that is no matter.
  func entering(_ name: FileName, device: DeviceNumber? = nil) -> Selection {
    let below = sources.children[name]
    let isSource = below?.isSource ?? false
    let isBeyond = exclusions.oneFileSystem && self.device != nil && device != self.device
    // Of excluded directories only those come here that lead to a source.
    let isExcluded = below != nil && excludes(name, isDirectory: true)
    return Selection(
      exclusions: exclusions, sources: below ?? SourceTree(),
      takesAll: isSource || takesAll && !isBeyond && !isExcluded,
      patterns: name.withBytes { isSource ? patterns.entering(source: $0) : patterns.entering($0) },
      ignored: name.withBytes { ignored.entering($0) }, device: isSource ? nil : self.device)
  }

  /// What is taken of the entries that were listed, with all that leads to sources, and the selection for what is in them.
  ///
  /// - Parameter report: told of ignore files that can't be used, with what is wrong.
  func choosing(
    from entries: [DirectoryEntry], in directory: Directory, report: (FileName, String) -> Void
  ) -> (selection: Selection, entries: [DirectoryEntry]) {
    var selection = self
    guard takesAll, !excludesContents(of: directory, entries: entries) else {
      selection.takesAll = false
      return (selection, sources.children.keys.map { DirectoryEntry(name: $0) })
    }
    if exclusions.oneFileSystem, device == nil { selection.device = try? directory.status().device }
    selection.read(ignoreFilesIn: directory, entries: entries, report: report)
    var chosen = entries
    chosen.removeAll { selection.leavesOut($0, in: directory) }
    if !sources.children.isEmpty {
      let listed = Set(chosen.lazy.map(\.name))
      chosen += sources.children.keys.lazy.filter { !listed.contains($0) }.map { DirectoryEntry(name: $0) }
    }
    return (selection, chosen)
  }

  private func leavesOut(_ entry: DirectoryEntry, in directory: Directory) -> Bool {
    var type = entry.type
    // Not all file systems list types, and rules for directories need them.
    if type == .unknown, !ignored.isEmpty { type = (try? directory.status(of: entry.name).type) ?? .unknown }
    return leavesOut(entry.name, isDirectory: type == .directory)
  }

  private func excludes(_ name: FileName, isDirectory: Bool) -> Bool {
    name.withBytes { patterns.excludes($0) || ignored.excludes($0, isDirectory: isDirectory) }
  }

  /// Whether the contents of a directory with these entries are left out because of one of them.
  private func excludesContents(of directory: Directory, entries: [DirectoryEntry]) -> Bool {
    guard exclusions.caches || !exclusions.ifPresent.isEmpty else { return false }
    for entry in entries {
      if exclusions.ifPresent.contains(where: { entry.name.bytes.elementsEqual($0) }) { return true }
      if exclusions.caches, entry.name == "CACHEDIR.TAG", directory.hasCacheTag { return true }
    }
    return false
  }

  /// Takes in the ignore files that are among the directory's entries: what a later one says counts first.
  private mutating func read(
    ignoreFilesIn directory: Directory, entries: [DirectoryEntry], report: (FileName, String) -> Void
  ) {
    for wanted in exclusions.ignoreFileNames {
      guard let name = entries.first(where: { $0.name.bytes.elementsEqual(wanted) })?.name else { continue }
      let contents = directory.head(of: name, limit: IgnoreFile.lengthLimit + 1)
      guard contents.count <= IgnoreFile.lengthLimit else {
        report(name, "is larger than \(IgnoreFile.lengthLimit) bytes; its rules were not used")
        continue
      }
      ignored = ignored.adding(IgnoreFile(contents))
    }
  }
}

extension IgnoreFile {
  /// Larger ones aren't read. A part of one would not do: half of a rule is another rule.
  fileprivate static let lengthLimit = 1 << 20
}

extension Directory {
  private static let cacheTagSignature = Array("Signature: 8a477f597d28d172789f06886806bc55".utf8)

  /// Whether it holds a valid `CACHEDIR.TAG`.
  fileprivate var hasCacheTag: Bool {
    head(of: "CACHEDIR.TAG", limit: Self.cacheTagSignature.count) == Self.cacheTagSignature
  }

  /// The first bytes of a file; empty if it can't be read.
  fileprivate func head(of name: FileName, limit: Int) -> [UInt8] {
    guard let file = try? openFile(name) else { return [] }
    return [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
      count = (try? file.read(into: UnsafeMutableRawBufferPointer(buffer))) ?? 0
    }
  }
}
