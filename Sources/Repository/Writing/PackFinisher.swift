import Format
import Threads

/// Finishes packs on a thread of its own, so that no worker waits for storage to flush, and publishes an index segment
/// for them every so often, so that a backup that is cut off can go on from there.
final class PackFinisher: Sendable {
  private struct State {
    var queue: [PackWriter] = []
    /// Packs in the queue, and the one that is being finished.
    var underWay = 0
    var isClosed = false
    var failure: RepositoryError?
    var openFailure: RepositoryError?
    var unpublished: [PackDescription] = []
  }

  private let execution: Execution
  private let publish: @Sendable ([PackDescription]) throws(RepositoryError) -> Void
  private let state = Monitor(State())

  /// A finisher that hands the descriptions of durable packs to `publish`, which makes an index segment durable.
  init(_ execution: Execution, publish: @escaping @Sendable ([PackDescription]) throws(RepositoryError) -> Void) {
    self.execution = execution
    self.publish = publish
  }

  /// Takes over a pack; waits while too many are under way.
  ///
  /// - Throws: what an earlier pack or segment failed with.
  func finish(_ writer: PackWriter) throws(RepositoryError) {
    writer.releaseBuffer()
    try state.update { (state) throws(RepositoryError) in
      if let failure = state.failure { throw failure }
      // Nobody would finish it, and the session would end well without it.
      guard !state.isClosed else { throw RepositoryError(.cancelled, "the session has ended") }
      state.queue.append(writer)
      state.underWay += 1
    }
    try state.wait { (state) throws(RepositoryError) -> Void? in
      if let failure = state.failure { throw failure }
      return state.underWay <= execution.packsUnderWay ? () : nil
    }
  }

  /// Says that no more packs will come. `run` returns after the last one.
  func close() {
    state.update { $0.isClosed = true }
  }

  /// What made the work fail, if anything did.
  var failure: RepositoryError? { state.read { $0.failure } }

  /// The first failure after which something may still take effect. It need not be what made the work fail.
  var openFailure: RepositoryError? { state.read { $0.openFailure } }

  /// Packs that are durable and stand in no segment, because the work failed.
  var unpublished: [PackDescription] { state.read { $0.unpublished } }

  /// Makes the work fail: `finish` throws from now on, and packs that wait are dropped.
  func fail(_ error: RepositoryError) {
    state.update { state in
      state.failure = state.failure ?? error
      if error.leavesOutcomeOpen { state.openFailure = state.openFailure ?? error }
      state.queue = []
    }
  }

  /// The thread's body: returns when closed and everything is durable, or when something failed.
  func run() {
    do throws(RepositoryError) {
      try finishAll()
    } catch {
      fail(error)
    }
  }

  private func finishAll() throws(RepositoryError) {
    var finished = SegmentBuilder()
    defer { state.update { $0.unpublished = finished.segment.packs } }
    var lastSegment = execution.now()
    while let writer = next() {
      finished.append(try writer.finish())
      let now = execution.now()
      if finished.isFull || now - lastSegment >= execution.segmentInterval {
        try publish(finished.segment.packs)
        finished = SegmentBuilder()
        lastSegment = now
      }
      state.update { $0.underWay -= 1 }
    }
    if !finished.isEmpty { try publish(finished.segment.packs) }
    finished = SegmentBuilder()
  }

  private func next() -> PackWriter? {
    let writer: PackWriter?? = state.wait { state in
      if !state.queue.isEmpty { return .some(state.queue.removeFirst()) }
      return state.isClosed ? .some(nil) : nil
    }
    return writer ?? nil
  }
}
