import Glibc

/// Standard input, output and error.
enum StandardStreams {
  /// Has each of them be something: the number of one that was closed at the start would go to the next file that is opened,
  /// and messages into that.
  static func open() {
    for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(stream, F_GETFD) < 0 {
      // Reading from what isn't there stays an error, and no empty input.
      _ = Glibc.open("/dev/null", O_WRONLY)
    }
  }
}
