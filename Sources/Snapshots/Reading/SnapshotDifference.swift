public import Format

/// One entry in which two trees differ.
public struct SnapshotDifference: Sendable {
  /// In what way.
  public enum Kind: String, Sendable, CaseIterable {
    /// Only the second tree has it.
    case added
    /// Only the first tree has it.
    case removed
    /// A file whose bytes changed, a link with another target, or a device with other numbers.
    case content
    /// Only mode, owner, modification time, attributes or flags changed.
    case metadata
    /// It is something else now, such as a link in the place of a file.
    case type
  }

  /// The absolute path.
  public let path: [UInt8]
  /// In what way it differs.
  public let kind: Kind
  /// The entry of the first tree; nil if it was added.
  public let old: Node?
  /// The entry of the second tree; nil if it was removed.
  public let new: Node?
}

/// How much two trees differ.
public struct DifferenceCounts: Sendable {
  /// Entries and bytes.
  public struct Count: Sendable, Equatable {
    /// Regular files.
    public var files: UInt64 = 0
    /// Directories.
    public var directories: UInt64 = 0
    /// Other entries.
    public var others: UInt64 = 0
    /// The length of the files in bytes.
    public var bytes: UInt64 = 0

    mutating func add(_ node: Node) {
      switch node.type {
      case .file: files += 1
      case .directory: directories += 1
      default: others += 1
      }
      // Whoever made the tree may have made sizes up.
      bytes &+= node.size
    }
  }

  /// What only the second tree has, including the new one of two types.
  public var added = Count()
  /// What only the first tree has, including the old one of two types.
  public var removed = Count()
  /// What has other content, with its new length.
  public var content = Count()
  /// What has only other metadata, with its length.
  public var metadata = Count()

  mutating func add(_ difference: SnapshotDifference) {
    switch difference.kind {
    case .added, .removed, .type:
      if let old = difference.old { removed.add(old) }
      if let new = difference.new { added.add(new) }
    case .content: if let new = difference.new { content.add(new) }
    case .metadata: if let new = difference.new { metadata.add(new) }
    }
  }
}
