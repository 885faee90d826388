import CLinux
import Glibc

/// An open descriptor as people see it.
struct Terminal: Sendable {
  let descriptor: CInt

  static let input = Terminal(descriptor: STDIN_FILENO)
  static let output = Terminal(descriptor: STDOUT_FILENO)
  static let error = Terminal(descriptor: STDERR_FILENO)

  /// Whether a terminal is at the other end.
  var isTerminal: Bool { isatty(descriptor) == 1 }

  /// The columns of the terminal; nil when there is none or it doesn't say.
  var width: Int? {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }
}
