import Format

extension Instant {
  init(_ time: Timestamp) { self.init(seconds: time.seconds, nanoseconds: time.nanoseconds) }
}

extension Timestamp {
  init(_ instant: Instant) { self.init(seconds: instant.seconds, nanoseconds: instant.nanoseconds) }
}
