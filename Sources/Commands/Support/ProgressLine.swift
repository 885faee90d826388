import Synchronization

/// Shows how far long work has come: a line on a terminal that is drawn over itself, or a line of JSON each time.
///
/// Any thread may report as often as it likes: a report that isn't due costs one atomic load and a look at the clock.
final class ProgressLine: Sendable {
  /// How progress is shown.
  enum Style: Sendable {
    /// On a terminal with this many columns at the moment.
    case terminal(width: @Sendable () -> Int)
    /// As one object a line, with `"message_type": "status"`.
    case jsonLines
  }

  /// More seconds than anybody waits for; what is much more can't be added to a time.
  private static let longestInterval = 86_400.0

  private let style: Style
  private let interval: Duration
  private let clock: @Sendable () -> Duration
  private let sink: @Sendable ([UInt8]) -> Void
  /// When the next report is due, in nanoseconds of the clock.
  private let due: Atomic<Int64>
  private let state: Mutex<State>

  private struct State {
    var meter: RateMeter
    var isFinished = false
  }

  /// `clock` says how long something has run, from any start; `sink` takes what is to be written.
  init(
    _ style: Style, framesPerSecond: Double,
    clock: @escaping @Sendable () -> Duration = ProgressLine.uptime,
    sink: @escaping @Sendable ([UInt8]) -> Void
  ) {
    precondition(framesPerSecond > 0)
    self.style = style
    self.clock = clock
    self.sink = sink
    interval = .seconds(min(1 / framesPerSecond, Self.longestInterval))
    let start = clock()
    due = Atomic(start.nanoseconds)
    state = Mutex(State(meter: RateMeter(start: start)))
  }

  private static let origin = ContinuousClock.now

  /// How long this process has measured time.
  @Sendable static func uptime() -> Duration { ContinuousClock.now - origin }

  /// Shows the status that `status` makes, if the time since the last one is long enough.
  func report(_ status: () -> ProgressStatus) {
    let now = clock()
    let expected = due.load(ordering: .relaxed)
    guard now.nanoseconds >= expected else { return }
    // Of threads that come at once, one shows.
    let next = (now + interval).nanoseconds
    guard due.compareExchange(expected: expected, desired: next, ordering: .relaxed).exchanged else { return }
    show(status(), at: now)
  }

  /// Takes the line off the terminal; nothing is shown afterwards.
  func finish() {
    state.withLock { state in
      guard !state.isFinished else { return }
      state.isFinished = true
      if case .terminal = style { sink(Array("\r\u{1B}[K".utf8)) }
    }
  }

  private func show(_ status: ProgressStatus, at now: Duration) {
    state.withLock { state in
      guard !state.isFinished else { return }
      state.meter.add(status.bytes, at: now)
      let measure = state.meter.measure(status, at: now)
      switch style {
      case .terminal(let width):
        // The last column stays free: some terminals wrap when it is written.
        let line = measure.line(status).truncated(toWidth: width() - 1)
        sink(Array("\r\(line)\u{1B}[K".utf8))
      case .jsonLines:
        sink(measure.json(status))
      }
    }
  }
}

extension Duration {
  fileprivate var nanoseconds: Int64 {
    components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
  }
}
