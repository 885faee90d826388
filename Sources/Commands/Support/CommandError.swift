import Glibc

/// Why a command ends before it is done.
struct CommandError: Error, CustomStringConvertible {
  /// How the process exits.
  let exitCode: ExitCode
  /// One sentence that names the object; empty when there is nobody to tell.
  let message: String
  /// The error of a lower layer, if there is one.
  let cause: (any Error)?

  init(_ exitCode: ExitCode, _ message: String, cause: (any Error)? = nil) {
    self.exitCode = exitCode
    self.message = message
    self.cause = cause
  }

  /// A system call on `object` failed with `number`.
  static func system(
    _ action: String, _ object: String, _ number: CInt = errno, exitCode: ExitCode = .failed
  ) -> CommandError {
    let code: ExitCode = number == ENOSPC || number == EDQUOT ? .noSpace : exitCode
    return CommandError(code, "can't \(action) \(object): \(describe(number))")
  }

  /// The reader of standard output went away, as `head` does. Nothing needs to be said about it.
  static let outputClosed = CommandError(.failed, "")

  /// The message, with what caused it.
  var description: String { cause.map { "\(message): \($0)" } ?? message }

  private static func describe(_ number: CInt) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { text in
      guard let start = text.baseAddress, strerror_r(number, start, text.count) == 0 else { return "error \(number)" }
      return String(cString: start)
    }
  }
}
