/// Why a stored record could not be decoded or encoded.
///
/// The message names the record and its field, never bytes of the record itself, so it can be printed as it is.
public struct FormatError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kinds of failure a caller may want to tell apart.
  public struct Code: Hashable, Sendable {
    private enum Value: Hashable {
      case malformed
      case unsupported
      case limit
    }

    private let value: Value

    /// The bytes are not what the format allows: damage, or a program that writes nonsense.
    public static let malformed = Code(value: .malformed)
    /// The record needs a later version of the program.
    public static let unsupported = Code(value: .unsupported)
    /// A size or count is above what the format allows.
    public static let limit = Code(value: .limit)
  }

  /// What kind of failure it is.
  public let code: Code
  /// Record, field and what is wrong with it.
  public let message: String

  /// Makes an error; `message` names the record and its field.
  public init(code: Code, message: String) {
    self.code = code
    self.message = message
  }

  /// The message.
  public var description: String { message }
}

extension FormatError {
  @inline(never)
  static func malformed(_ record: StaticString, _ problem: String) -> FormatError {
    FormatError(code: .malformed, message: "\(record): \(problem)")
  }

  @inline(never)
  static func unsupported(_ record: StaticString, _ problem: String) -> FormatError {
    FormatError(code: .unsupported, message: "\(record): \(problem)")
  }

  @inline(never)
  static func limit(_ record: StaticString, _ problem: String) -> FormatError {
    FormatError(code: .limit, message: "\(record): \(problem)")
  }
}
