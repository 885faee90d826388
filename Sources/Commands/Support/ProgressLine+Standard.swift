import Glibc

extension ProgressLine {
  static let rateVariable = "FIRN_PROGRESS_FPS"

  /// The progress of a command: on standard error when that is a terminal or FIRN_PROGRESS_FPS is set, and with
  /// `json` as lines on standard output. Nil when nobody wants to see any.
  ///
  /// A terminal gets 10 frames a second, JSON one, or as many as the variable says, up to 60.
  static func standard(
    json: Bool, environment: Environment, output: TextOutput = .standard, terminal: Terminal = .error
  ) -> ProgressLine? {
    let wanted = environment[rateVariable].flatMap { Double(String(decoding: $0, as: UTF8.self)) }
    if let wanted, !(wanted > 0) { return nil }
    let rate = wanted.map { min($0, 60) }
    if json {
      return ProgressLine(.jsonLines, framesPerSecond: rate ?? 1) { line in
        // That nobody reads any more is reported by the next write of a result.
        try? output.write(line)
        try? output.flush()
      }
    }
    guard let rate = rate ?? (terminal.isTerminal ? 10 : nil) else { return nil }
    return ProgressLine(.terminal(width: { terminal.width ?? 80 }), framesPerSecond: rate) { line in
      // Progress that can't be shown is no reason to stop the work.
      _ = writeAll(line, to: terminal.descriptor)
    }
  }
}
