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

  /// A user; `ask` is called from whatever thread needs an answer.
  public init(
    home: String, name: String, agentSocket: String?, ask: @escaping @Sendable (_ question: String) -> [UInt8]?
  ) {
    self.home = home
    self.name = name
    self.agentSocket = agentSocket
    self.ask = ask
  }

  /// A path in which a `~` at the beginning is the user's directory.
  func expandingHome(_ path: String) -> String {
    path == "~" || path.hasPrefix("~/") ? home + path.dropFirst() : path
  }
}
