/// Who connects: what the process knows about its user, and how that user is asked.
public struct SSHUser: Sendable {
  /// The user's directory, where `.ssh` lies.
  public var home: String
  /// The name that is used where no other is given.
  public var name: String
  /// Where an agent listens; nil if there is none.
  public var agentSocket: String?
  /// Asks for a passphrase or password without showing it; nil is returned where nobody is there to answer.
  public var ask: @Sendable (_ question: String) -> [UInt8]?
  /// Whether the user wants the end: no connection is made then, and no answer waited for long. Looked at while waiting,
  /// several times a second.
  public var isCancelled: @Sendable () -> Bool

  /// A user; `ask` and `isCancelled` are called from whatever thread connects or waits.
  public init(
    home: String, name: String, agentSocket: String?, ask: @escaping @Sendable (_ question: String) -> [UInt8]?,
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) {
    self.home = home
    self.name = name
    self.agentSocket = agentSocket
    self.ask = ask
    self.isCancelled = isCancelled
  }

  /// A path in which a `~` at the beginning is the user's directory.
  func expandingHome(_ path: String) -> String {
    path == "~" || path.hasPrefix("~/") ? home + path.dropFirst() : path
  }
}
