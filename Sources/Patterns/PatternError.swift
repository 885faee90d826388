/// Why a pattern can't be used.
public struct PatternError: Error, Sendable, CustomStringConvertible {
  /// What kind of mistake the pattern holds.
  public struct Code: Sendable, Hashable {
    private enum Kind { case unclosedBracket, trailingBackslash, unknownClass, parentDirectory, empty }
    private let kind: Kind

    /// A `[` has no `]` in the same path component.
    public static let unclosedBracket = Code(kind: .unclosedBracket)
    /// The pattern ends in a backslash that escapes nothing.
    public static let trailingBackslash = Code(kind: .trailingBackslash)
    /// A `[:name:]` names no character class.
    public static let unknownClass = Code(kind: .unknownClass)
    /// The pattern holds a `..` component, which no path in a snapshot does.
    public static let parentDirectory = Code(kind: .parentDirectory)
    /// The pattern is empty, or only a `!`.
    public static let empty = Code(kind: .empty)
  }

  /// The kind of mistake.
  public let code: Code
  /// One sentence that quotes the pattern.
  public let message: String

  init(_ code: Code, _ reason: String, in pattern: ArraySlice<UInt8>) {
    self.code = code
    self.message = "pattern \"\(String(decoding: pattern, as: UTF8.self))\" \(reason)"
  }

  /// The message.
  public var description: String { message }
}
