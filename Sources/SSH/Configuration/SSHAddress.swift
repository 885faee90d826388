/// A host as a person names it: what is left out comes from ~/.ssh/config.
public struct SSHAddress: Hashable, Sendable {
  /// The name of the host, or its alias.
  public let host: String
  /// The port, if it was given.
  public let port: UInt16?
  /// The user to be there, if it was given.
  public let user: String?

  /// An address.
  ///
  /// - Throws: `.configuration` for a host or user that can't be one, such as one that would be taken for an option elsewhere.
  public init(host: String, port: UInt16? = nil, user: String? = nil) throws(SSHError) {
    guard !host.isEmpty, !host.hasPrefix("-"), host.utf8.count <= 255, host.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F })
    else { throw SSHError(.configuration, "\(host.debugDescription) can't be the name of a host") }
    if let user {
      guard !user.isEmpty, !user.hasPrefix("-"), user.utf8.count <= 255,
        user.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
      else { throw SSHError(.configuration, "\(user.debugDescription) can't be the name of a user") }
    }
    self.host = host
    self.port = port
    self.user = user
  }
}
