import FileSystem
import Format
import Synchronization

/// A regular file that is being restored, possibly by several threads and in several batches.
///
/// What a worker decides about it in the first batch is set before any other thread looks.
final class RestoreFile: RestoreOriginal, @unchecked Sendable {
  enum Decision {
    case undecided
    /// A new file is made.
    case create(replacing: Replacement?)
    /// The existing file is changed where it differs.
    case update(existing: FileStatus, comparesContent: Bool)
    /// It is as it should be.
    case keep
    /// The options say that what is there stays.
    case leave
  }

  let entry: TreeEntry
  let directory: RestoreDirectory
  let name: FileName
  var decision = Decision.undecided
  /// Whether the file may have another length than its node says when all pieces are written.
  var mayNeedResize = false

  private let failed = Atomic<Bool>(false)
  private let changed = Atomic<Bool>(false)
  /// Whether bytes of a file that was there may be others now.
  private let overwritten = Atomic<Bool>(false)
  /// Shares of work that are not done yet. The planner holds one until it has seen the whole content.
  private let shares = Atomic<Int>(1)
  private let made = Mutex(Made())

  private struct Made {
    /// The file as it was made, or opened for writing first.
    var identity: FileIdentity?
    /// Whether what it replaces has given way to it.
    var isInstalled = false
  }

  init(_ entry: TreeEntry, name: FileName, in directory: RestoreDirectory) {
    self.entry = entry
    self.name = name
    self.directory = directory
  }

  var node: Node { entry.node }
  var hasFailed: Bool { failed.load(ordering: .acquiring) }

  /// What comes of a file that can't be restored.
  enum Failure {
    /// It had failed before; the first failure is the one to report.
    case known
    /// What was there stays, or nothing.
    case clean
    /// Some of the file that was there was overwritten.
    case mixture
  }

  /// Notes that the file can't be restored.
  func fail() -> Failure {
    if failed.exchange(true, ordering: .sequentiallyConsistent) { return .known }
    return overwritten.load(ordering: .sequentiallyConsistent) ? .mixture : .clean
  }

  /// Asked before anything of it is written. False if it has failed meanwhile: what was there and isn't a mixture yet stays.
  func mayWrite() -> Bool {
    if !isNew { overwritten.store(true, ordering: .sequentiallyConsistent) }
    return !failed.load(ordering: .sequentiallyConsistent)
  }

  /// Notes that some of its content is written.
  func noteChange() { changed.store(true, ordering: .relaxed) }

  /// What is done with it. Known when all of its content was looked at.
  var action: RestoreAction {
    switch decision {
    case .create: .created
    case .update: changed.load(ordering: .relaxed) ? .changed : .unchanged
    case .keep, .leave, .undecided: .unchanged
    }
  }

  func addShare() { shares.add(1, ordering: .relaxed) }

  /// Gives a share back. Whoever gives back the last one finishes the file.
  func releaseShare() -> Bool { shares.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 }

  /// Whether only the planner's share is left.
  var hasNoShares: Bool { shares.load(ordering: .acquiring) == 1 }

  var isNew: Bool { if case .create = decision { true } else { false } }

  /// Whether it is known to have no attributes.
  var isPlain: Bool { isNew && !directory.givesAttributes }

  var isRestored: Bool { if case .leave = decision { false } else { !hasFailed } }

  /// Opens the file for writing; makes it, with this mode, if it is new and this is the first time. From one that was there
  /// those are kept at that time who may not get at it by the mode that it is to have.
  ///
  /// - Throws: `.refused` if somebody put another file in its place.
  func open(creatingWith mode: UInt32, for wanted: UInt32) throws(SnapshotsError) -> File {
    let directory = try directory.opened()
    return try made.withLock { (made) throws(SnapshotsError) -> File in
      let name = currentName(made)
      if made.identity == nil, isNew {
        let file = try SnapshotsError.accessing("the file can't be created") { () throws(FileSystemError) in
          try directory.createFile(name, mode: mode)
        }
        made.identity = file.statusAtOpen.identity
        return file
      }
      let file = try SnapshotsError.accessing("the file can't be opened for writing") { () throws(FileSystemError) in
        try directory.openFile(name, for: .readWrite)
      }
      let isFirst = made.identity == nil
      if isFirst, case .update(let existing, _) = decision { made.identity = existing.identity }
      guard made.identity == file.statusAtOpen.identity else { throw .replaced(directory.path.appending(name)) }
      let permissions = UInt32(file.statusAtOpen.permissions)
      // Where that can't be done, the mode is what is told of in the end.
      if isFirst, permissions & 0o777 & ~wanted != 0 { try? file.setPermissions(permissions & wanted) }
      return file
    }
  }

  /// Opens the file for reading it again.
  ///
  /// - Throws: `.refused` if it was written, and somebody put another file in its place since.
  func openForReading() throws(SnapshotsError) -> File {
    let directory = try directory.opened()
    let (identity, name) = made.withLock { ($0.identity, currentName($0)) }
    let file = try SnapshotsError.accessing("the file can't be read again") { () throws(FileSystemError) in
      try directory.openFile(name)
    }
    guard identity == nil || identity == file.statusAtOpen.identity else {
      throw .replaced(directory.path.appending(name))
    }
    return file
  }

  /// Puts the file, which is whole, in the place of what it replaces, if it does.
  func install(by maker: DirectoryMaker) throws(SnapshotsError) {
    guard let replacement else { return }
    try maker.install(replacement, as: name, at: entry.path, in: directory.opened())
    made.withLock { $0.isInstalled = true }
  }

  private var replacement: Replacement? { if case .create(let replacement) = decision { replacement } else { nil } }

  /// The name that it has until it is in its place, and then.
  private func currentName(_ made: Made) -> FileName {
    made.isInstalled ? name : replacement?.stagedName ?? name
  }

  /// Removes what was made of a file that can't be completed. What it was to replace stays, and so does a file that was to be
  /// changed: it was called a mixture, and has lost its old modification time with the first byte that was written, so it
  /// doesn't look finished either.
  func discard() throws(SnapshotsError) {
    guard isNew else { return }
    let (identity, name) = made.withLock { ($0.identity, currentName($0)) }
    guard let identity else { return }
    let directory = try directory.opened()
    try SnapshotsError.accessing("the unfinished file can't be removed") { () throws(FileSystemError) in
      guard try directory.status(of: name).identity == identity else { return }
      try directory.removeFile(name)
    }
  }
}
