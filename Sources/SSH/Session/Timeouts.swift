/// How long is waited for whom. None of it is without end.
public struct SSHTimeouts: Hashable, Sendable {
  /// For a connection to be made, to each address of the host. `ConnectTimeout` of the user's ssh configuration.
  public var connect: Duration = .seconds(30)
  /// For each step of the handshake. `ConnectTimeout` too.
  public var handshake: Duration = .seconds(60)
  /// For any sign of life while an answer is due. A server that works long on something still answers questions whether it
  /// lives, which are asked several times in this time. `ServerAliveInterval` times `ServerAliveCountMax`, and five
  /// seconds at least.
  public var silence: Duration = .seconds(120)
  /// For an answer, however lively the server is meanwhile.
  public var answer: Duration = .seconds(1_800)
  /// For each answer once the user wants the end: what is under way ends in order, as by a flush.
  public var ending: Duration = .seconds(10)

  /// The usual ones.
  public init() {}
}

extension SSHTimeouts {
  /// The usual ones where the configuration says nothing else.
  ///
  /// - Throws: `.configuration` for what is no number of seconds.
  init(_ configuration: ClientConfiguration, of host: String) throws(SSHError) {
    let number = { (option: String) throws(SSHError) -> Int64? in
      guard let text = configuration[option], text.lowercased() != "none" else { return nil }
      guard let number = Int32(text), number >= 0 else {
        throw SSHError(.configuration, "the ssh configuration of \(host) has the \(option) \(text.debugDescription)")
      }
      return number > 0 ? Int64(number) : nil
    }
    if let seconds = try number("connecttimeout") {
      connect = .seconds(seconds)
      handshake = .seconds(seconds)
    }
    if let seconds = try number("serveraliveinterval") {
      silence = max(.seconds(seconds * (try number("serveralivecountmax") ?? Self.usualCount)), Self.leastSilence)
    }
  }

  /// libssh2 counts whole seconds and asks every two at most; in less time a living server could not answer.
  private static let leastSilence = Duration.seconds(5)
  /// OpenSSH's own `ServerAliveCountMax`.
  private static let usualCount: Int64 = 3
}
