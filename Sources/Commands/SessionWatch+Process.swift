import Format
import Glibc
import Repository

extension SessionWatch {
  /// The clock and the processes of this machine.
  static func process(_ context: CommandContext) -> SessionWatch {
    let host = context.hostName
    return SessionWatch(
      now: { Timestamp(.now) },
      pause: { duration in Interruption.sleep(until: .now + duration) },
      isDead: { intent in intent.host == host && intent.process > 0 && !Self.runs(intent.process) })
  }

  /// Whether a process of this machine has the id.
  private static func runs(_ process: Int64) -> Bool {
    guard let id = pid_t(exactly: process) else { return false }
    return kill(id, 0) == 0 || errno != ESRCH
  }
}

extension SessionOwner {
  /// This process, at work from now on.
  init(_ context: CommandContext) {
    self.init(
      time: Timestamp(.now), host: context.hostName, user: context.userName, process: Int64(getpid()),
      program: Version.program)
  }
}
