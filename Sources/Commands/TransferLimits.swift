import Backend

/// How fast a command may move bytes to the repository and from it.
struct TransferLimits: Sendable, Equatable {
  static let uploadVariable = "FIRN_LIMIT_UPLOAD"
  static let downloadVariable = "FIRN_LIMIT_DOWNLOAD"

  /// Nil for no limit.
  let upload: TransferRate?
  /// Nil for no limit.
  let download: TransferRate?

  /// What the options say or, for what they leave out, the environment.
  /// - Throws: a usage error for a variable that holds no rate.
  init(_ options: RepositoryOptions, environment: Environment) throws(CommandError) {
    upload = try Self.rate(options.limitUpload, or: Self.uploadVariable, environment)
    download = try Self.rate(options.limitDownload, or: Self.downloadVariable, environment)
  }

  /// `backend`, with the limits; itself if there are none.
  func limiting(_ backend: any Backend, clock: RateClock = .process) -> any Backend {
    if upload == nil, download == nil { return backend }
    return RateLimitedBackend(backend, upload: upload, download: download, clock: clock)
  }

  private static func rate(
    _ option: TransferRate?, or variable: String, _ environment: Environment
  ) throws(CommandError) -> TransferRate? {
    guard option == nil, let value = environment[variable] else { return option }
    let text = String(decoding: value, as: UTF8.self)
    guard let argument = RateArgument(text) else {
      throw CommandError(.usage, "\(variable): \(RateArgument.refusal(of: text))")
    }
    return argument.rate
  }
}

extension RateClock {
  /// The clock of this machine. A command that was asked to end waits no longer: what it still has to move is little, and
  /// whoever waits for it has no patience.
  static var process: RateClock { RateClock(sleep: { Interruption.sleep(until: $0) }) }
}
