import Glibc

/// The sole owner of a file descriptor: it is closed when the owner goes away, and once only.
public struct Descriptor: ~Copyable, Sendable {
  /// The number, for calls made while the owner lives.
  public let rawValue: Int32

  /// Takes over an open descriptor that nobody else will close.
  public init(adopting rawValue: Int32) {
    precondition(rawValue >= 0, "not a descriptor")
    self.rawValue = rawValue
  }

  deinit {
    _ = SystemCall.close(rawValue)
  }

  /// Gives up ownership without closing.
  public consuming func release() -> Int32 {
    let rawValue = rawValue
    discard self
    return rawValue
  }
}
