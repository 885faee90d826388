import FileSystem
import Format
import Synchronization

/// A directory of the target that things are restored to.
///
/// The planning thread makes it and decides which batches hold it. It is open as long as one of them does.
final class RestoreDirectory: @unchecked Sendable {
  enum State {
    /// Not looked for yet, because nothing below it was selected so far.
    case unmade
    /// It exists; `isNew` if this restore made it.
    case made(isNew: Bool)
    /// It is one in which nothing is changed, and that was noted.
    case protected
    /// A dry run found nothing there.
    case absent
    /// It could not be made, and that was reported.
    case failed
  }

  let parent: RestoreDirectory?
  /// Its path in the snapshot.
  let path: [UInt8]
  /// Nil for a target that keeps the metadata it has.
  let entry: TreeEntry?
  /// Whether it was selected itself, and not only something below it.
  let isSelected: Bool
  var state: State
  /// What stands in it and wasn't found in the snapshot yet, in ascending order. Only kept when extras are deleted.
  var extras: ArraySlice<FileName> = []
  /// Whether new entries come with attributes: those that a default access control list makes.
  private(set) var givesAttributes = false
  /// The number of the last batch that holds it. For the planning thread.
  var lastBatch = 0
  /// Whether what is in it stays, though the snapshot doesn't have it: it is on another file system than the target, which
  /// the snapshot may never have seen.
  private(set) var sparesExtras = false
  /// As it was opened first.
  private var status: FileStatus?
  private let held = Mutex(Held())

  private struct Held {
    var handle: Directory?
    var batches = 0
  }

  /// The target itself; nil if it doesn't exist, in a dry run.
  ///
  /// - Parameters:
  ///   - entry: where its metadata comes from, if it gets any.
  ///   - path: what in the snapshot is restored to it.
  init(target: Directory?, isNew: Bool, entry: TreeEntry?, path: [UInt8]) throws(FileSystemError) {
    parent = nil
    self.entry = entry
    self.path = path
    isSelected = true
    state = target == nil ? .absent : .made(isNew: isNew)
    if let target { try adopt(target, isNew: isNew) }
  }

  init(_ entry: TreeEntry, in parent: RestoreDirectory, isSelected: Bool) {
    path = entry.path
    self.parent = parent
    self.entry = entry
    self.isSelected = isSelected
    state = .unmade
  }

  /// Whether nothing was in it before.
  var isNew: Bool {
    switch state {
    case .made(let isNew): isNew
    case .absent: true
    case .unmade, .protected, .failed: false
    }
  }

  /// The directory, if it is open.
  var handle: Directory? { held.withLock { $0.handle } }

  /// Takes over the open directory.
  func adopt(_ directory: Directory, isNew: Bool) throws(FileSystemError) {
    if isNew, let parent {
      givesAttributes = parent.givesAttributes
    } else {
      givesAttributes = try directory.extendedAttributes().contains { $0.name == AccessControlList.defaultName }
    }
    let status = try directory.status()
    self.status = status
    if let parent, let above = parent.status { sparesExtras = parent.sparesExtras || !status.isOnMount(of: above) }
    held.withLock { $0.handle = directory }
  }

  /// Keeps it open until `release()`, opening it again if it isn't open.
  func hold() throws(SnapshotsError) {
    let opened = try opened()
    held.withLock { held in
      held.handle = opened
      held.batches += 1
    }
  }

  /// Gives up a hold, and closes it after the last. The target stays open.
  func release() {
    held.withLock { held in
      held.batches -= 1
      if held.batches == 0, parent != nil { held.handle = nil }
    }
  }

  /// The open directory, without keeping it open if it wasn't: found by descriptors from the nearest open directory above,
  /// following no links, and refused if it isn't the one that was opened first.
  func opened() throws(SnapshotsError) -> Directory {
    if let handle { return handle }
    var chain: [RestoreDirectory] = [self]
    var open: Directory?
    while open == nil, let next = chain.last?.parent {
      open = next.handle
      chain.append(next)
    }
    guard var current = open else { preconditionFailure("the target stays open") }
    for directory in chain.dropLast().reversed() {
      guard let entry = directory.entry, let name = FileName(entry.node.name) else { continue }
      let above = current
      current = try SnapshotsError.accessing("the directory can't be opened again") { () throws(FileSystemError) in
        try above.openDirectory(name)
      }
    }
    let found = current
    let status = try SnapshotsError.accessing("the directory can't be looked at") { () throws(FileSystemError) in
      try found.status()
    }
    guard status.identity == self.status?.identity else {
      throw .replaced(found.path)
    }
    return found
  }
}
