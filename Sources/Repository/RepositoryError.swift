/// Why something could not be done with a repository.
public struct RepositoryError: Error, Sendable {
  /// What went wrong, for programs to decide by.
  public let code: Code
  /// One sentence for a person; it names the object.
  public let message: String
  /// The error underneath.
  public let cause: (any Error)?

  /// An error of a code; `message` must name the object.
  public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  /// What went wrong. More codes may be added.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    private enum Wrapped: String {
      case wrongPassword, forbidden, busy, damaged, unsupported, missing, cancelled, backend, cache, cryptography,
        fenced
      case invalidArgument
    }

    private let wrapped: Wrapped

    private init(_ wrapped: Wrapped) { self.wrapped = wrapped }

    /// The code's name.
    public var description: String { wrapped.rawValue }

    /// The password opens none of the key slots.
    public static let wrongPassword = Code(.wrongPassword)
    /// The key's role does not allow it.
    public static let forbidden = Code(.forbidden)
    /// Another process is doing what only one may do at a time.
    public static let busy = Code(.busy)
    /// A stored object is not what it should be: altered, truncated, swapped or malformed.
    public static let damaged = Code(.damaged)
    /// The repository needs a newer version of this program.
    public static let unsupported = Code(.unsupported)
    /// A snapshot, key slot, pack or chunk that is needed is not there.
    public static let missing = Code(.missing)
    /// The work was asked to stop.
    public static let cancelled = Code(.cancelled)
    /// The backend failed; the cause is its error.
    public static let backend = Code(.backend)
    /// The local cache can't be used; deleting it helps.
    public static let cache = Code(.cache)
    /// The cryptographic library failed.
    public static let cryptography = Code(.cryptography)
    /// Another process has fenced this backup off; it must start again.
    public static let fenced = Code(.fenced)
    /// What the caller asked for makes no sense.
    public static let invalidArgument = Code(.invalidArgument)
  }
}

extension RepositoryError: CustomStringConvertible {
  /// The message and its causes.
  public var description: String {
    guard let cause else { return message }
    return "\(message): \(cause)"
  }
}
