import Synchronization

/// How far a backup is: workers add, anybody reads.
public final class BackupProgress: Sendable {
  private let files = Atomic<UInt64>(0)
  private let unchanged = Atomic<UInt64>(0)
  private let directories = Atomic<UInt64>(0)
  private let others = Atomic<UInt64>(0)
  private let bytes = Atomic<UInt64>(0)
  private let problems = Atomic<UInt64>(0)
  private let changed = Atomic<UInt64>(0)
  private let stop = Atomic<Bool>(false)
  private let report: @Sendable (BackupProblem) -> Void
  let observer: (@Sendable (BackupAction, [UInt8]) -> Void)?

  /// - Parameters:
  ///   - observer: told of each entry that is not as the parent has it, by its path, on any thread; again for entries that
  ///     are done again because another process came in between.
  ///   - report: told of each problem, on any thread.
  public init(
    observer: (@Sendable (BackupAction, [UInt8]) -> Void)? = nil, report: @escaping @Sendable (BackupProblem) -> Void
  ) {
    self.observer = observer
    self.report = report
  }

  /// Regular files done, unchanged ones included.
  public var filesDone: UInt64 { files.load(ordering: .relaxed) }
  /// Those that are as the parent has them; nearly all of them were not read.
  public var unchangedFiles: UInt64 { unchanged.load(ordering: .relaxed) }
  /// Directories done.
  public var directoriesDone: UInt64 { directories.load(ordering: .relaxed) }
  /// Symbolic links, devices, pipes and sockets done.
  public var othersDone: UInt64 { others.load(ordering: .relaxed) }
  /// Logical bytes of the files done.
  public var bytesDone: UInt64 { bytes.load(ordering: .relaxed) }
  /// Problems so far.
  public var problemCount: UInt64 { problems.load(ordering: .relaxed) }
  /// Those of them that are files that changed while they were read.
  public var changedFiles: UInt64 { changed.load(ordering: .relaxed) }

  /// Asks the backup to stop: it throws `.cancelled` soon.
  public func cancel() { stop.store(true, ordering: .relaxed) }

  var isCancelled: Bool { stop.load(ordering: .relaxed) }

  /// Begins anew: what was done is done again.
  func restart() {
    files.store(0, ordering: .relaxed)
    unchanged.store(0, ordering: .relaxed)
    directories.store(0, ordering: .relaxed)
    others.store(0, ordering: .relaxed)
    bytes.store(0, ordering: .relaxed)
    problems.store(0, ordering: .relaxed)
    changed.store(0, ordering: .relaxed)
  }

  func finishedFile(unchanged isUnchanged: Bool) {
    files.add(1, ordering: .relaxed)
    if isUnchanged { unchanged.add(1, ordering: .relaxed) }
  }

  func read(bytes count: UInt64) { bytes.add(count, ordering: .relaxed) }

  func finishedDirectory() { directories.add(1, ordering: .relaxed) }

  func finishedOther() { others.add(1, ordering: .relaxed) }

  func problem(_ path: some Collection<UInt8>, _ message: String) {
    problems.add(1, ordering: .relaxed)
    report(BackupProblem(path: Array(path), message: message))
  }

  func changedWhileRead(_ path: some Collection<UInt8>) {
    changed.add(1, ordering: .relaxed)
    problem(path, "changed while it was read; it was stored as it was read")
  }
}
