import FileSystem
import Glibc
import Synchronization

/// How many directories a backup may keep open until all in them is done.
final class DirectoryBudget: Sendable {
  private let limit: Int
  private let used = Atomic<Int>(0)

  /// - Parameter limit: nil for half of what this process may open; files, packs and the cache need the rest.
  init(limit: Int?) {
    self.limit = limit ?? Self.descriptorLimit / 2
  }

  private static var descriptorLimit: Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
    return Int(clamping: limit.rlim_cur)
  }

  fileprivate func take() -> Bool {
    if used.add(1, ordering: .relaxed).newValue <= limit { return true }
    giveBack()
    return false
  }

  fileprivate func giveBack() { used.subtract(1, ordering: .relaxed) }
}

/// A directory that is kept open, for what is in it.
final class KeptDirectory: Sendable {
  let directory: Directory
  private let budget: DirectoryBudget

  /// Nil if as many are open as may be.
  init?(_ directory: Directory, in budget: DirectoryBudget) {
    guard budget.take() else { return nil }
    self.directory = directory
    self.budget = budget
  }

  deinit { budget.giveBack() }
}

extension DirectoryTask {
  /// The directory, to open what is in it: if it isn't kept open, it is found again from the nearest one above that is, by
  /// names, following no links.
  ///
  /// - Throws: `.stale` if another directory has taken its place.
  func directory() throws(FileSystemError) -> Directory {
    guard let opened else { preconditionFailure("a directory outlives what is in it") }
    if let kept = opened.kept { return kept.directory }
    var names: [FileName] = []
    var nearest: Directory?
    var task = self
    while nearest == nil, let place = task.place {
      names.append(place.name)
      task = place.task
      nearest = task.opened?.kept?.directory
    }
    var directory: Directory
    if let nearest { directory = nearest } else { directory = try Directory(at: "/") }
    for name in names.reversed() { directory = try directory.openDirectory(name) }
    try directory.require(opened.identity)
    return directory
  }
}
