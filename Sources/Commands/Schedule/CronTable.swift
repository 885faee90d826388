import Glibc
import Scheduling

/// The user's crontab, through the program `crontab`.
///
/// Not a file in `/etc/cron.d`: every cron has this program, it serves root and all other users in the same way, and it
/// checks what it is given.
enum CronTable {
  /// The crontab; empty if the user has none.
  static func read(_ context: CommandContext) throws(CommandError) -> Crontab {
    guard context.environment.hasProgram("crontab") else {
      throw CommandError(.failed, "there is no program crontab; install cron, or use --system systemd")
    }
    let (bytes, status) = try output("LC_ALL=C crontab -l 2>/dev/null")
    if status.isSuccess { return Crontab(bytes) }
    // Only these words mean that there is none. Anything else taken for that would lose the user's crontab.
    let (message, _) = try output("LC_ALL=C crontab -l 2>&1 >/dev/null")
    let text = String(decoding: message, as: UTF8.self)
    guard text.contains("no crontab for") else {
      throw CommandError(.failed, "\"crontab -l\" \(status): \(Terminal.escaped(message.prefix(200)))")
    }
    return Crontab([])
  }

  /// Replaces the crontab.
  static func write(_ table: Crontab) throws(CommandError) {
    var template = Array("/tmp/firn-crontab-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw .system("make", "a file in /tmp") }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { unlink(path) }
    let number = writeAll(table.bytes, to: descriptor)
    close(descriptor)
    if let number { throw .system("write", path, number) }
    let status = try ChildProcess(["crontab", path]).wait()
    guard status.isSuccess else { throw CommandError(.failed, "\"crontab\" \(status); nothing was changed") }
  }

  private static func output(_ script: String) throws(CommandError) -> ([UInt8], Termination) {
    try ChildProcess.output(of: ["/bin/sh", "-c", script])
  }
}
