import Backend
import Glibc
import SSH
import Synchronization

extension SSHUser {
  /// The user of this process. Nobody is asked the same twice, since several connections need the same answers.
  static func process(_ environment: Environment) -> SSHUser {
    let account = getpwuid(geteuid())?.pointee
    let answers = Answers()
    return SSHUser(
      home: environment.home.map { String(decoding: $0, as: UTF8.self) } ?? "/",
      name: account?.pw_name.map { String(cString: $0) } ?? String(geteuid()),
      agentSocket: environment["SSH_AUTH_SOCK"].map { String(decoding: $0, as: UTF8.self) }, ask: answers.ask,
      isCancelled: { Interruption.isRequested })
  }
}

/// What the user was asked, and what he answered.
private final class Answers: Sendable {
  private let known = Mutex<[String: Password]>([:])

  /// Asks on the terminal; nil where there is none.
  @Sendable func ask(_ question: String) -> [UInt8]? {
    known.withLock { known in
      let answer = known[question] ?? (try? PasswordPrompt().ask(Terminal.escaped(question.utf8)))
      known[question] = answer
      return answer?.withBytes { Array($0) }
    }
  }
}

extension SFTPSettings {
  static let patienceVariable = "FIRN_RECONNECT_FOR"

  /// Those of a command, which tells of lost connections.
  /// - Throws: as `init(_:environment:)`.
  init(_ options: RepositoryOptions, _ context: CommandContext) throws(CommandError) {
    try self.init(options, environment: context.environment)
    let seconds = patience.components.seconds
    connectionLost = { [console = context.console] host, reason in
      console.warning("the connection to \(host) is lost; trying again for \(seconds) s: \(reason)")
    }
  }

  /// Those of a command, from its options or, for what they leave out, the environment. It stops trying when it is asked to
  /// end.
  /// - Throws: a usage error for a variable that holds no length of time.
  init(_ options: RepositoryOptions, environment: Environment) throws(CommandError) {
    self.init()
    if let patience = options.reconnectFor?.duration {
      self.patience = patience
    } else if let value = environment[Self.patienceVariable] {
      let text = String(decoding: value, as: UTF8.self)
      guard let argument = DurationArgument(text) else {
        throw CommandError(
          .usage,
          "\(Self.patienceVariable): \"\(Terminal.escaped(value))\" is not a length of time such as 90s, 30m or 24h")
      }
      patience = argument.duration
    }
    pause = { duration in
      Interruption.sleep(until: .now + duration)
      return !Interruption.isRequested
    }
  }
}
