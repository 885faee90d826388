/// What snapshots must have in common to be one group, within which a policy counts.
public struct GroupFields: OptionSet, Hashable, Sendable {
  /// The sum of the fields' bits.
  public let rawValue: UInt8

  /// The fields of a sum of bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The host.
  public static let host = GroupFields(rawValue: 1)
  /// The paths, in any order.
  public static let paths = GroupFields(rawValue: 2)
  /// The tags, in any order.
  public static let tags = GroupFields(rawValue: 4)

  /// Reads `host`, `paths` and `tags` joined by commas; the empty text makes one group of all. Nil for any other text.
  public init?(_ text: String) {
    self = []
    for name in text.split(separator: ",") {
      switch name {
      case "host", "hosts": insert(.host)
      case "path", "paths": insert(.paths)
      case "tag", "tags": insert(.tags)
      default: return nil
      }
    }
  }
}

/// What the candidates of a group have in common. Texts are told apart by their bytes: Swift's strings would take
/// different names that look the same for one.
struct GroupKey: Hashable {
  let host: [UInt8]
  let paths: [[UInt8]]
  let tags: [[UInt8]]

  init(_ candidate: RetentionCandidate, _ fields: GroupFields) {
    host = fields.contains(.host) ? Array(candidate.host.utf8) : []
    paths = fields.contains(.paths) ? Self.set(candidate.paths) : []
    tags = fields.contains(.tags) ? Self.set(candidate.tags) : []
  }

  private static func set(_ texts: [String]) -> [[UInt8]] {
    Set(texts.map { Array($0.utf8) }).sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// By host, then paths, then tags.
  func precedes(_ other: GroupKey) -> Bool {
    let (left, right) = ([[host], paths, tags], [[other.host], other.paths, other.tags])
    return left.lexicographicallyPrecedes(right) { left, right in
      left.lexicographicallyPrecedes(right) { $0.lexicographicallyPrecedes($1) }
    }
  }
}
