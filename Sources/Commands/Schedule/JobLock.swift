import FileSystem
import Glibc

/// A lock that one process at a time holds: an `flock` on a file, which the kernel gives up when the process ends.
struct JobLock: ~Copyable {
  let descriptor: Descriptor
  private let path: [UInt8]

  /// Opens the file, which is made if it is missing. The lock is not taken yet.
  init(path: [UInt8]) throws(CommandError) {
    let descriptor = (path + [0]).withUnsafeBytes { bytes in
      bytes.baseAddress.map { open($0.assumingMemoryBound(to: CChar.self), O_RDWR | O_CREAT | O_CLOEXEC, 0o600) } ?? -1
    }
    guard descriptor >= 0 else { throw .system("open", Terminal.escaped(path)) }
    self.descriptor = Descriptor(adopting: descriptor)
    self.path = path
  }

  /// Takes the lock if nobody has it.
  func tryTake() throws(CommandError) -> Bool {
    while flock(descriptor.rawValue, LOCK_EX | LOCK_NB) < 0 {
      if errno == EWOULDBLOCK { return false }
      guard errno == EINTR else { throw .system("lock", Terminal.escaped(path)) }
    }
    return true
  }

  /// Gives the lock up, unless a child process has the descriptor too.
  consuming func release() {}
}
