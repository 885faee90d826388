import Repository
import Threads

/// Plans the next batch, on a thread of its own, while one is worked on.
final class PlanningAhead: Sendable {
  private enum Slot {
    case empty
    case planned(RestoreBatch)
    /// Everything was planned.
    case ended
  }

  private let slot = Monitor(Slot.empty)
  private let thread: WorkerThread

  /// Begins. Batches are to be taken until there is none, whatever happens meanwhile.
  init(_ planner: sending RestorePlanner) throws(SnapshotsError) {
    // From here on only the new thread touches it.
    nonisolated(unsafe) let planner = planner
    let started = WorkerThread { [slot] in
      // Not before the last one was taken: two batches at most hold directories open.
      repeat { Self.wait(for: slot) } while Self.put(planner.nextBatch(), in: slot)
    }
    guard let started else { throw SnapshotsError(.fileSystem, "no thread could be started for planning the restore") }
    thread = started
  }

  /// The next batch, when it is planned; nil when everything was.
  func next() -> RestoreBatch? {
    let taken = slot.wait { slot -> Slot? in
      if case .empty = slot { return nil }
      defer { slot = .empty }
      return slot
    }
    guard case .planned(let batch) = taken else {
      thread.join()
      return nil
    }
    return batch
  }

  private static func wait(for slot: Monitor<Slot>) {
    slot.wait { slot -> Void? in if case .empty = slot { () } else { nil } }
  }

  /// Hands a batch over; false if there is none, which is the end.
  private static func put(_ batch: RestoreBatch?, in slot: Monitor<Slot>) -> Bool {
    slot.update { $0 = batch.map(Slot.planned) ?? .ended }
    return batch != nil
  }
}
