/// How long is waited for whom. None of it is without end.
public struct SSHTimeouts: Sendable {
  /// For a connection to be made, to each address of the host.
  public var connect: Duration = .seconds(30)
  /// For each step of the handshake.
  public var handshake: Duration = .seconds(60)
  /// For any sign of life while an answer is due. A server that works long on something still answers questions whether it
  /// lives, which are asked four times in this time.
  public var silence: Duration = .seconds(120)

  /// The usual ones.
  public init() {}
}
