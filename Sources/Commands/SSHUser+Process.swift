import Backend
import Glibc
import SSH
import Synchronization

extension SSHUser {
  /// The user of this process. Nobody is asked the same twice, since several connections need the same answers.
  static func process(_ environment: Environment) -> SSHUser {
    let account = getpwuid(geteuid())?.pointee
    let home = environment["HOME"].map { String(decoding: $0, as: UTF8.self) }
    let answers = Answers()
    return SSHUser(
      home: home ?? account?.pw_dir.map { String(cString: $0) } ?? "/",
      name: account?.pw_name.map { String(cString: $0) } ?? String(geteuid()),
      agentSocket: environment["SSH_AUTH_SOCK"].map { String(decoding: $0, as: UTF8.self) }, ask: answers.ask)
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
  /// Those of a command: it stops trying when it is asked to end.
  static var process: SFTPSettings {
    var settings = SFTPSettings()
    settings.pause = { duration in
      Interruption.sleep(until: .now + duration)
      return !Interruption.isRequested
    }
    return settings
  }
}
