/// What is wrong with a set of chunker parameters.
public struct ChunkingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kind of failure, stable across releases.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    private enum Value: String {
      case invalidParameters
    }

    private let value: Value

    /// The sizes contradict each other or lie outside the format's limits.
    public static var invalidParameters: Code { Code(value: .invalidParameters) }

    /// The name of the code, for logs.
    public var description: String { value.rawValue }
  }

  /// The kind of failure.
  public let code: Code

  /// A sentence that names the offending parameter and its value.
  public let message: String

  init(code: Code, message: String) {
    self.code = code
    self.message = message
  }

  /// The code and the message in one line.
  public var description: String { "\(code): \(message)" }
}
