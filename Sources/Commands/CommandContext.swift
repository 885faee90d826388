import FileSystem
import Glibc

/// What a command gets from its surroundings; tests bring their own.
struct CommandContext: Sendable {
  let environment: Environment
  let console: Console
  /// When the command began.
  let now: Instant

  /// The surroundings of this process.
  static func process(_ options: OutputOptions) -> CommandContext {
    CommandContext(environment: .process, console: Console(options), now: .now)
  }

  /// The name of this machine.
  var hostName: String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { name in
      guard let start = name.baseAddress, gethostname(start, 255) == 0 else { return "localhost" }
      name[255] = 0
      return String(cString: start)
    }
  }

  /// The name of the user, or the number if it has none.
  var userName: String {
    let user = geteuid()
    return AccountNames().userName(user) ?? String(user)
  }
}
