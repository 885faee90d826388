import Repository
import Threads

/// A piece of work for an archive worker.
enum WorkItem: Sendable {
  case directory(DirectoryTask)
  case slab(Slab)
  /// A stream to be read to its end by whoever takes it.
  case stream(LargeFile, @Sendable (UnsafeMutableRawBufferPointer) throws -> Int)
}

/// What is to be done, last in first out: so directories are finished early, few are open at once, and the slabs of a
/// large file come before anything else.
final class WorkQueue: Sendable {
  private struct State {
    var items: [WorkItem] = []
    var isClosed = false
    var failure: (any Error)?
  }

  private let state = Monitor(State())

  func push(_ items: [WorkItem]) {
    guard !items.isEmpty else { return }
    state.update { $0.items.append(contentsOf: items) }
  }

  /// The next item; waits for one. Nil when the work is done or has failed.
  func pop() -> WorkItem? {
    let item: WorkItem?? = state.wait { state in
      if state.isClosed { return .some(nil) }
      return state.items.popLast().map { .some($0) }
    }
    return item ?? nil
  }

  /// Ends the work: with an error if it failed; the first one counts.
  func close(_ failure: (any Error)? = nil) {
    state.update { state in
      state.failure = state.failure ?? failure
      state.isClosed = true
      state.items = []
    }
  }

  var failure: (any Error)? { state.read { $0.failure } }
}
