/// Why something could not be done over SSH or SFTP.
public struct SSHError: Error, Sendable {
  /// What went wrong, for programs to decide by.
  public let code: Code
  /// One sentence for a person that names the host, the file or the path. What a server said in it is not escaped.
  public let message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// Whether the connection is gone, so that what was asked for last may or may not have been done.
  public var isConnectionLost: Bool { code == .disconnected || code == .timedOut || code == .unreachable }
}

extension SSHError {
  /// The error for a connection that is not made, since the user wants the end.
  static func cancelled(_ host: SSHHost) -> SSHError { SSHError(.cancelled, "the connection to \(host) was cancelled") }
}

extension SSHError: CustomStringConvertible {
  /// The same as `message`.
  public var description: String { message }
}

extension SSHError {
  /// What went wrong. More codes may be added.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    private enum Wrapped: String {
      case unreachable, disconnected, timedOut, protocolViolation, cancelled
      case configuration, hostKeyUnknown, hostKeyChanged, hostKeyRevoked, authenticationFailed
      case notFound, permissionDenied, unsupported, failed
    }

    private let wrapped: Wrapped

    private init(_ wrapped: Wrapped) { self.wrapped = wrapped }

    /// The code's name.
    public var description: String { wrapped.rawValue }

    /// No connection could be made.
    public static let unreachable = Code(.unreachable)
    /// The connection ended.
    public static let disconnected = Code(.disconnected)
    /// The other side was silent for too long.
    public static let timedOut = Code(.timedOut)
    /// The other side said what the protocol has no place for.
    public static let protocolViolation = Code(.protocolViolation)
    /// The user wanted the end before a connection was made.
    public static let cancelled = Code(.cancelled)
    /// A configuration file, key file or address makes no sense, or asks for what can't be done.
    public static let configuration = Code(.configuration)
    /// The server's key is in no file of known hosts.
    public static let hostKeyUnknown = Code(.hostKeyUnknown)
    /// The server's key is another one than a file of known hosts has.
    public static let hostKeyChanged = Code(.hostKeyChanged)
    /// The server's key is marked as revoked.
    public static let hostKeyRevoked = Code(.hostKeyRevoked)
    /// The server let none of the user's keys or passwords in.
    public static let authenticationFailed = Code(.authenticationFailed)
    /// There is no such file.
    public static let notFound = Code(.notFound)
    /// The server refuses this to the user.
    public static let permissionDenied = Code(.permissionDenied)
    /// The server can't do this.
    public static let unsupported = Code(.unsupported)
    /// The server failed, and did not say more.
    public static let failed = Code(.failed)
  }
}
