import FileSystem
import Format
import Synchronization

/// A directory under way: what its entries became, each in a slot by name order, and how many are still awaited.
///
/// Whoever fills the last slot ends the directory, and so fills a slot of the one above.
final class DirectoryTask: Sendable {
  /// What became of an entry.
  enum Slot: Sendable {
    /// Its node has the same bytes as this one of the parent snapshot.
    case same(Int)
    /// Its node, encoded.
    case new([UInt8], EncodedNode)

    var isSame: Bool { if case .same = self { true } else { false } }
  }

  /// What is known once the directory was opened.
  struct Opened: Sendable {
    /// Nil if too many are open already.
    let kept: KeptDirectory?
    let identity: FileIdentity
    /// The directory's own node, which lacks its tree.
    let node: Node
    /// The directory as the parent snapshot has it.
    let parent: ParentDirectory?
  }

  private struct State {
    var opened: Opened?
    var slots: [Slot?] = []
    /// Slots not filled yet, and one more until all entries have been looked at.
    var awaited = 1
  }

  /// The place of this directory in the one above.
  struct Place: Sendable {
    let task: DirectoryTask
    let slot: Int
    let name: FileName
    /// The parent snapshot's node for it.
    let parentNode: Int?

    /// The whole path.
    var path: [UInt8] {
      var names = [name]
      var above = task.place
      while let place = above {
        names.append(place.name)
        above = place.task.place
      }
      return names.reversed().flatMap { [UInt8(ascii: "/")] + $0.bytes }
    }
  }

  /// Nil for the root directory.
  let place: Place?
  let selection: Selection
  /// The tree that the parent snapshot has here.
  let parentTree: ChunkID?
  private let state = Mutex(State())

  init(place: Place?, selection: Selection, parentTree: ChunkID?) {
    self.place = place
    self.selection = selection
    self.parentTree = parentTree
  }

  /// Nil before `begin` and after `end`.
  var opened: Opened? { state.withLock { $0.opened } }

  /// Reserves a slot for each of so many entries.
  func begin(_ opened: Opened, entries: Int) {
    state.withLock { state in
      state.opened = opened
      state.slots = Array(repeating: nil, count: entries)
      state.awaited += entries
    }
  }

  /// Fills a slot, with nil for an entry that is left out. True if it was the last one awaited.
  func fill(_ slot: Int, _ value: Slot?) -> Bool {
    state.withLock { state in
      state.slots[slot] = value
      state.awaited -= 1
      return state.awaited == 0
    }
  }

  /// Says that all entries have been looked at. True if none is awaited any more.
  func listed() -> Bool {
    state.withLock { state in
      state.awaited -= 1
      return state.awaited == 0
    }
  }

  /// What the directory was opened as, and its filled slots, when none is awaited.
  func end() -> (Opened?, [Slot]) {
    state.withLock { state in
      defer {
        state.opened = nil
        state.slots = []
      }
      return (state.opened, state.slots.compactMap { $0 })
    }
  }
}
