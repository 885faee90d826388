import Glibc
import Testing

/// A terminal whose other end the test holds.
final class PseudoTerminal: Sendable {
  let master: CInt
  let device: String

  // Linux's ioctl numbers, whose names Swift does not show.
  private static let setLock: UInt = 0x4004_5431
  private static let getNumber: UInt = 0x8004_5430

  init() throws {
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    try #require(master >= 0)
    var unlocked: CInt = 0
    var number: CInt = 0
    try #require(ioctl(master, Self.setLock, &unlocked) == 0)
    try #require(ioctl(master, Self.getNumber, &number) == 0)
    device = "/dev/pts/\(number)"
  }

  deinit { close(master) }

  func type(_ text: String) { _ = Array(text.utf8).withUnsafeBytes { write(master, $0.baseAddress, $0.count) } }

  /// Reads what is shown until it ends in `ending`, or gives up.
  func shown(until ending: String) -> String {
    var text = ""
    while !text.hasSuffix(ending) {
      var wait = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
      guard poll(&wait, 1, 60_000) == 1 else { break }
      var byte: UInt8 = 0
      guard read(master, &byte, 1) == 1 else { break }
      text.unicodeScalars.append(Unicode.Scalar(byte))
    }
    return text
  }

  /// Whether the terminal shows what is typed.
  var echoes: Bool {
    var settings = termios()
    return tcgetattr(master, &settings) == 0 && settings.c_lflag & tcflag_t(ECHO) != 0
  }
}

/// Runs `body` on a thread of its own, as it blocks; the value is its result.
func onThread<T: Sendable>(_ body: @escaping @Sendable () -> T) async -> T {
  await withCheckedContinuation { continuation in
    let work = Unmanaged.passRetained(Work { continuation.resume(returning: body()) })
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { pointer in
        guard let pointer else { return nil }
        Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue().run()
        return nil
      }, work.toOpaque())
    pthread_detach(thread)
  }
}

private final class Work {
  let run: () -> Void
  init(_ run: @escaping () -> Void) { self.run = run }
}
