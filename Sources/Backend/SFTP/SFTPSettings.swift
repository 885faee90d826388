import Glibc
public import SSH

/// How an SFTP server is dealt with.
public struct SFTPSettings: Sendable {
  /// How many connections are made at most.
  public var connections = 4
  /// For how long a connection that was lost is tried to be made again. Then the backend has given up, and every call fails.
  public var patience: Duration = .seconds(180)
  /// Told once of each time that a connection is lost and can't be made again at once: from whatever thread, which then goes
  /// on trying.
  public var connectionLost: @Sendable (_ host: SSHHost, _ reason: SSHError) -> Void = { _, _ in }
  /// Waits between attempts; says whether it is worth going on.
  public var pause: @Sendable (Duration) -> Bool = { duration in
    usleep(useconds_t(duration / .microseconds(1)))
    return true
  }

  /// The usual ones.
  public init() {}
}

/// Waits between attempts, ever longer, until the patience is at its end.
struct Backoff {
  private let end: ContinuousClock.Instant
  private let pause: @Sendable (Duration) -> Bool
  private var next: Duration = .zero

  private static let first: Duration = .milliseconds(250)
  private static let longest: Duration = .seconds(20)

  /// Whether an attempt was made.
  var hasTried: Bool { next > .zero }

  init(_ settings: SFTPSettings) {
    end = .now + settings.patience
    pause = settings.pause
  }

  /// Waits; false if that would be too long. The first attempt comes at once.
  mutating func wait() -> Bool {
    guard .now + next < end, pause(next) else { return false }
    // Many clients that lost the same server don't all come back at once.
    next = min(max(Self.first, next * 2), Self.longest) * Double.random(in: 0.75...1.25)
    return true
  }
}
