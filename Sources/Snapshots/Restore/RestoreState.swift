import FileSystem
import Format
import Repository
import Synchronization

/// What the threads of one restore share: what was asked for, what came of it, and whether to stop.
final class RestoreState: Sendable {
  let options: RestoreOptions
  let progress: RestoreProgress
  let stamp: MetadataStamp
  private let isCancelled: @Sendable () -> Bool
  private let outcome = Mutex(RestoreOutcome())
  private let unsealed = Mutex<[RestoreFile]>([])
  private let stopping = Atomic<Bool>(false)
  private let fatal = Mutex<SnapshotsError?>(nil)

  init(options: RestoreOptions, progress: RestoreProgress, isCancelled: @escaping @Sendable () -> Bool) {
    self.options = options
    self.progress = progress
    self.isCancelled = isCancelled
    stamp = MetadataStamp(options: options)
  }

  /// Whether to start nothing new.
  var isStopping: Bool {
    if stopping.load(ordering: .relaxed) { return true }
    guard isCancelled() else { return false }
    stop(SnapshotsError(.cancelled, "the restore was interrupted"))
    return true
  }

  /// Keeps a file until all is restored, because flags of it forbid to give it its other names.
  func sealLater(_ file: RestoreFile) { unsealed.withLock { $0.append(file) } }

  /// The files that were kept for their flags.
  var filesToSeal: [RestoreFile] { unsealed.withLock { $0 } }

  /// Why the restore ends early, if it does.
  var stopReason: SnapshotsError? { fatal.withLock { $0 } }

  var result: RestoreOutcome { outcome.withLock { $0 } }

  /// Tells whoever wants to know what is done with an entry.
  func note(_ action: RestoreAction, _ path: @autoclosure () -> [UInt8]) { options.observe?(action, path()) }

  /// Whether what is in the directory and not in the snapshot is to be removed.
  func deletesExtras(in directory: [UInt8]) -> Bool {
    options.deletesExtrasIn.contains { SnapshotPath.isAtOrBelow($0, directory) }
  }

  /// Whether the snapshot has the directory only because it leads to what was taken.
  func isOnlyOnTheWay(_ directory: [UInt8]) -> Bool {
    !options.takenOf.isEmpty && !options.takenOf.contains { SnapshotPath.isAtOrBelow($0, directory) }
  }

  func count(_ change: (inout RestoreOutcome) -> Void) { outcome.withLock { change(&$0) } }

  /// Whether the options say that what exists in the place of a node stays.
  func leaves(_ existing: FileStatus, for node: Node) -> Bool {
    switch options.overwrite {
    case .never: true
    case .ifNewer: Format.Timestamp(existing.modified) >= node.mtime
    case .always, .ifChanged: false
    }
  }

  /// Notes that something could not be restored. A full or read-only file system ends the restore, and so does a server that
  /// can't be reached any more, or a damaged cache: everything that follows would fail as well.
  func fail(_ path: [UInt8], _ error: SnapshotsError) {
    if !stops(for: error) { report(path, error) }
  }

  /// Notes that a file could not be restored. What is a mixture now is named also where the restore ends with it.
  func fail(_ file: RestoreFile, _ error: SnapshotsError) {
    let isEnd = stops(for: error)
    switch file.fail() {
    case .known: break
    case .clean: if !isEnd { report(file.entry.path, error) }
    case .mixture:
      let mixture = "what is there now is a mixture of the file that was there and the snapshot's"
      report(file.entry.path, error.prefixed(mixture))
    }
  }

  /// Gives up a file because the restore ends early.
  func abandon(_ file: RestoreFile) {
    fail(file, SnapshotsError(.cancelled, "the restore ended before the file was complete"))
  }

  private func report(_ path: [UInt8], _ error: SnapshotsError) {
    let forbidding = (error.cause as? FileSystemError)?.forbiddingPath
    let error = forbidding.map { error.prefixed(Self.isForbidding($0)) } ?? error
    count { $0.errorCount += 1 }
    options.report?(RestoreFailure(path: path, error: error))
  }

  /// Runs `body`; what it throws is noted as the failure of `path`. Tells whether it came through.
  @discardableResult
  func attempt(_ path: @autoclosure () -> [UInt8], _ body: () throws(SnapshotsError) -> Void) -> Bool {
    do throws(SnapshotsError) {
      try body()
      return true
    } catch {
      fail(path(), error)
      return false
    }
  }

  /// What to say of something that a flag keeps from being changed.
  static func isForbidding(_ path: PathBytes) -> String {
    "\(path.escaped) is immutable or append-only (see lsattr, chattr)"
  }

  /// Ends the restore if it can't go on after the error. Tells whether it does.
  private func stops(for error: SnapshotsError) -> Bool {
    let isEnd =
      switch error.cause {
      case let cause as FileSystemError: cause.code == .noSpace || cause.code == .readOnly
      case let cause as RepositoryError: cause.saysUnreachable || cause.saysCacheDamaged
      default: false
      }
    guard isEnd || error.code == .cancelled else { return false }
    stop(error)
    return true
  }

  private func stop(_ error: SnapshotsError) {
    fatal.withLock { if $0 == nil { $0 = error } }
    stopping.store(true, ordering: .relaxed)
  }
}
