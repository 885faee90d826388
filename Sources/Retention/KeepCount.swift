/// How many snapshots a rule keeps.
public enum KeepCount: Hashable, Sendable {
  /// So many, and 0 for no such rule.
  case atMost(Int)
  /// As many as there are.
  case unlimited

  /// No such rule.
  public static let none = KeepCount.atMost(0)

  /// Reads a number, or `unlimited` or `-1`; nil for any other text.
  public init?(_ text: String) {
    if text == "unlimited" || text == "-1" {
      self = .unlimited
    } else if let count = Int(text), count >= 0 {
      self = .atMost(count)
    } else {
      return nil
    }
  }

  /// What is left of `elements`.
  func first<Element>(of elements: [Element]) -> ArraySlice<Element> {
    switch self {
    case .atMost(let count): elements.prefix(count)
    case .unlimited: elements[...]
    }
  }
}
