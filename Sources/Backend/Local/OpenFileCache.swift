import FileSystem
import Synchronization

/// A file opened for reading, shared by the reads that are using it; closed when the last one lets go.
final class OpenFile: Sendable {
  let file: File

  init(_ file: consuming File) {
    self.file = file
  }
}

/// The most recently read objects' open files, so that many small reads of a pack open it once.
final class OpenFileCache: Sendable {
  private struct Entry {
    let file: OpenFile
    var lastUse: UInt64
  }

  private struct State {
    var entries: [ObjectName: Entry] = [:]
    var clock: UInt64 = 0
  }

  private let capacity: Int
  private let state = Mutex(State())

  /// A cache of at most `capacity` open files.
  init(capacity: Int) {
    precondition(capacity > 0)
    self.capacity = capacity
  }

  func file(for name: ObjectName) -> OpenFile? {
    state.withLock { state in
      state.clock += 1
      state.entries[name]?.lastUse = state.clock
      return state.entries[name]?.file
    }
  }

  func insert(_ file: OpenFile, for name: ObjectName) {
    // Evicted files are closed after the lock is released: closing the last handle of a deleted pack frees its blocks.
    let evicted = state.withLock { state -> [OpenFile?] in
      state.clock += 1
      var evicted = [state.entries.updateValue(Entry(file: file, lastUse: state.clock), forKey: name)?.file]
      if state.entries.count > capacity, let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
        evicted.append(state.entries.removeValue(forKey: oldest.key)?.file)
      }
      return evicted
    }
    withExtendedLifetime(evicted) {}
  }

  func remove(_ name: ObjectName) {
    let removed = state.withLock { $0.entries.removeValue(forKey: name)?.file }
    withExtendedLifetime(removed) {}
  }
}
