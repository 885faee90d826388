import Backend
import Format
import Synchronization
import TestSupport

/// What all actors of a schedule share, and what must be true of the repository because of what they were told.
final class World: Sendable {
  private struct State {
    var ids: SeededGenerator
    /// By the root's tree.
    var contents: [ChunkID: Content] = [:]
    var acknowledged: Set<SnapshotID> = []
    var forgotten: Set<SnapshotID> = []
    var replaced: Set<SnapshotID> = []
    var alive: Set<Int64> = []
    var lastProcess: Int64 = 0
    var violations: [String] = []
    var counters = Tally()
  }

  let storage: InMemoryBackend
  let scheduler: Scheduler
  let traits: ScheduleTraits
  let trace: Trace
  private let state: Mutex<State>

  init(
    storage: InMemoryBackend, scheduler: Scheduler, traits: ScheduleTraits, trace: Trace, ids: SeededGenerator
  ) {
    self.storage = storage
    self.scheduler = scheduler
    self.traits = traits
    self.trace = trace
    state = Mutex(State(ids: ids))
  }

  /// Draws ids and keys, which no actor may guess.
  func drawID<Result>(_ body: (inout SeededGenerator) -> Result) -> Result { state.withLock { body(&$0.ids) } }
}

// MARK: Processes

extension World {
  /// A new process lives.
  func start() -> Int64 {
    state.withLock { state in
      state.lastProcess += 1
      state.alive.insert(state.lastProcess)
      return state.lastProcess
    }
  }

  /// A process dies, or ends.
  func kill(_ process: Int64) { state.withLock { _ = $0.alive.remove(process) } }

  func isAlive(_ process: Int64) -> Bool { state.withLock { $0.alive.contains(process) } }
}

// MARK: Snapshots

extension World {
  /// What a snapshot holds if its root has the content's tree.
  func expect(_ content: Content) { state.withLock { $0.contents[content.root] = content } }

  /// Somebody was told that the snapshot is taken.
  func acknowledge(_ snapshot: SnapshotID) {
    state.withLock { state in
      state.acknowledged.insert(snapshot)
      state.counters.snapshots += 1
    }
  }

  /// Somebody asks for the snapshot to be forgotten, so it may be gone from now on.
  func forget(_ snapshot: SnapshotID) { state.withLock { _ = $0.forgotten.insert(snapshot) } }

  /// Somebody asks for another snapshot in the place of this one, so one of the two must be there.
  func replace(_ snapshot: SnapshotID) { state.withLock { _ = $0.replaced.insert(snapshot) } }

  func content(of snapshot: Snapshot) -> Content? {
    snapshot.roots.first.flatMap { root in state.withLock { $0.contents[root.tree] } }
  }

  /// The snapshots that must be there, in an order that the seed decides.
  var kept: [SnapshotID] {
    state.withLock { $0.acknowledged.subtracting($0.forgotten).subtracting($0.replaced).sorted() }
  }

  /// The snapshots that must be there, or another one in their place.
  var keptOrReplaced: [SnapshotID] { state.withLock { $0.replaced.subtracting($0.forgotten).sorted() } }
}

// MARK: Verdict

extension World {
  /// Something that must not be.
  func violate(_ text: String) {
    trace.note("VIOLATION: \(text)", by: 0, at: scheduler.milliseconds)
    state.withLock { $0.violations.append(text) }
  }

  var violations: [String] { state.withLock { $0.violations } }

  func count(_ change: (inout Tally) -> Void) { state.withLock { change(&$0.counters) } }

  var tally: Tally { state.withLock { $0.counters } }
}
