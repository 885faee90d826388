import FileSystem
import Format
import Patterns

/// What of one directory is backed up: the exclusions as they stand there.
struct Selection: Sendable {
  private let exclusions: Exclusions
  private let patterns: PathPatternScope
  private let ignored: IgnoreScope
  /// The file system to stay on; nil above the source paths, where only the paths themselves are taken.
  let device: DeviceNumber?

  private static let ignoreFileLimit = 1 << 20
  private static let cacheTagSignature = Array("Signature: 8a477f597d28d172789f06886806bc55".utf8)

  /// The selection in the root directory.
  init(_ exclusions: Exclusions) {
    self.init(
      exclusions: exclusions, patterns: PathPatternScope(exclusions.patterns, directory: []), ignored: IgnoreScope(),
      device: nil)
  }

  private init(exclusions: Exclusions, patterns: PathPatternScope, ignored: IgnoreScope, device: DeviceNumber?) {
    self.exclusions = exclusions
    self.patterns = patterns
    self.ignored = ignored
    self.device = device
  }

  /// Whether names need no look at all.
  func excludes(_ name: FileName, type: FileSystem.FileType) -> Bool {
    name.withBytes { patterns.excludes($0) || ignored.excludes($0, isDirectory: type == .directory) }
  }

  /// Whether a file is too large.
  func excludes(_ status: FileStatus) -> Bool {
    guard let limit = exclusions.largerThan, status.type == .regular else { return false }
    return status.size > limit
  }

  /// Whether a directory is a mount point that is not to be entered.
  func isBeyond(_ status: FileStatus) -> Bool {
    exclusions.oneFileSystem && device != nil && status.device != device
  }

  /// Whether the contents of a directory with these entries are left out because of one of them.
  func excludesContents(of directory: Directory, entries: [DirectoryEntry]) -> Bool {
    guard exclusions.caches || !exclusions.ifPresent.isEmpty else { return false }
    for entry in entries {
      if exclusions.ifPresent.contains(where: { entry.name.bytes.elementsEqual($0) }) { return true }
      if exclusions.caches, entry.name == "CACHEDIR.TAG", Self.hasCacheTag(directory) { return true }
    }
    return false
  }

  /// The selection in a subdirectory.
  func entering(_ name: FileName, device: DeviceNumber?) -> Selection {
    Selection(
      exclusions: exclusions, patterns: name.withBytes { patterns.entering($0) },
      ignored: name.withBytes { ignored.entering($0) }, device: device)
  }

  /// The selection with the ignore files that are among the directory's entries.
  func reading(ignoreFilesIn directory: Directory, entries: [DirectoryEntry]) -> Selection {
    guard !exclusions.ignoreFileNames.isEmpty else { return self }
    var contents: [UInt8] = []
    for entry in entries where exclusions.ignoreFileNames.contains(where: { entry.name.bytes.elementsEqual($0) }) {
      contents += Self.head(of: entry.name, in: directory, limit: Self.ignoreFileLimit) + [UInt8(ascii: "\n")]
    }
    guard !contents.isEmpty else { return self }
    return Selection(
      exclusions: exclusions, patterns: patterns, ignored: ignored.adding(IgnoreFile(contents)), device: device)
  }

  private static func hasCacheTag(_ directory: Directory) -> Bool {
    head(of: "CACHEDIR.TAG", in: directory, limit: cacheTagSignature.count) == cacheTagSignature
  }

  /// The first bytes of a file; empty if it can't be read.
  private static func head(of name: FileName, in directory: Directory, limit: Int) -> [UInt8] {
    guard let file = try? directory.openFile(name) else { return [] }
    return [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
      count = (try? file.read(into: UnsafeMutableRawBufferPointer(buffer))) ?? 0
    }
  }
}
