/// The one error type of this module.
public struct CryptographyError: Error, Hashable, Sendable {
  /// What kind of failure it was. Match on this, never on the message.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    private enum Value: String {
      case authenticationFailed
      case invalidKey
      case invalidParameters
      case randomUnavailable
      case libraryFailure
    }

    private let value: Value

    /// The bytes are not what was sealed: damaged, forged, or opened with another key, nonce or associated data.
    public static let authenticationFailed = Self(value: .authenticationFailed)
    /// A key that has the right length but can't be used, such as a public key of small order.
    public static let invalidKey = Self(value: .invalidKey)
    /// Cost parameters outside the range that the algorithm defines or that this module accepts.
    public static let invalidParameters = Self(value: .invalidParameters)
    /// The system gave no random bytes.
    public static let randomUnavailable = Self(value: .randomUnavailable)
    /// libcrypto refused an operation that only lack of memory or a broken installation makes fail.
    public static let libraryFailure = Self(value: .libraryFailure)

    /// The code's name.
    public var description: String { value.rawValue }
  }

  /// What kind of failure it was.
  public let code: Code
  /// What was being done, in a few words.
  public let message: String
  /// libcrypto's own account of the failure, where it gave one.
  public let cause: String?

  /// An error of a code; `message` names what failed.
  public init(_ code: Code, _ message: String, cause: String? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }
}

extension CryptographyError: CustomStringConvertible {
  /// The message, followed by libcrypto's account of the failure.
  public var description: String {
    guard let cause else { return message }
    return "\(message): \(cause)"
  }
}
