import Glibc
import Synchronization

/// Deletes the caches that are open when this process dies of a bad address: LMDB, which has no checksums, follows what a disk has
/// damaged wherever that leads, and would do so at every run.
enum CacheGuard {
  private static let limit = 16
  // Never freed: the handler reads it at any time.
  nonisolated(unsafe) private static let files = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(
    capacity: limit)
  private static let count = Atomic<Int>(0)
  private static let message: StaticString = """
    firn: a bad address was met, most likely in a damaged cache, so the caches in use were deleted; run the command again

    """

  /// Watches over the cache in a directory, which may be about to be opened.
  static func watch(_ directory: String) {
    for file in ["data.mdb", "lock.mdb"] {
      let index = count.load(ordering: .relaxed)
      guard index < limit, let path = strdup("\(directory)/\(file)") else { return }
      files[index] = path
      count.store(index + 1, ordering: .releasing)
    }
    for number in [SIGSEGV, SIGBUS] { Interruption.setHandler(number) { _ in CacheGuard.deleteAndExit() } }
  }

  /// Does nothing that a signal handler mustn't.
  private static func deleteAndExit() -> Never {
    for index in 0..<count.load(ordering: .acquiring) {
      if let file = files[index] { unlink(file) }
    }
    write(STDERR_FILENO, message.utf8Start, message.utf8CodeUnitCount)
    _exit(ExitCode.failed.rawValue)
  }
}
