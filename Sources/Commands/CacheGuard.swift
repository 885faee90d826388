import Glibc
import Synchronization

/// Deletes the caches that are open when this process dies of a bad address: LMDB, which has no checksums, follows what a disk has
/// damaged wherever that leads, and would do so at every run.
enum CacheGuard {
  /// A cache, and where it is put aside: what is deleted must go in one step, as nobody may open one of its files with a new one beside
  /// it.
  private struct Paths {
    let cache, aside, data, lock: UnsafeMutablePointer<CChar>

    init?(_ directory: String) {
      guard let cache = strdup(directory), let aside = strdup("\(directory).damaged"),
        let data = strdup("\(directory).damaged/data.mdb"), let lock = strdup("\(directory).damaged/lock.mdb")
      else { return nil }
      (self.cache, self.aside, self.data, self.lock) = (cache, aside, data, lock)
    }

    /// Does nothing that a signal handler mustn't.
    func delete() {
      removeAside()
      rename(cache, aside)
      removeAside()
    }

    private func removeAside() {
      unlink(data)
      unlink(lock)
      rmdir(aside)
    }
  }

  private static let limit = 16
  // Never freed: the handler reads it at any time.
  nonisolated(unsafe) private static let caches = UnsafeMutablePointer<Paths>.allocate(capacity: limit)
  private static let count = Atomic<Int>(0)
  private static let message: StaticString = """
    firn: a bad address was met, most likely in a damaged cache, so the caches in use were deleted; run the command again. \
    Where that doesn't help, it is an error of firn's

    """

  /// Watches over the cache in a directory, which may be about to be opened.
  static func watch(_ directory: String) {
    let index = count.load(ordering: .relaxed)
    guard index < limit, let paths = Paths(directory) else { return }
    (caches + index).initialize(to: paths)
    count.store(index + 1, ordering: .releasing)
    for number in [SIGSEGV, SIGBUS] { Interruption.setHandler(number) { _ in CacheGuard.deleteAndExit() } }
  }

  private static func deleteAndExit() -> Never {
    for index in 0..<count.load(ordering: .acquiring) { caches[index].delete() }
    write(STDERR_FILENO, message.utf8Start, message.utf8CodeUnitCount)
    _exit(ExitCode.failed.rawValue)
  }
}
