import Backend
import Format
import Synchronization

/// The segments that one session publishes, in order.
///
/// The next name is claimed by publishing under it. Whoever has taken it before has fenced the session off: nothing that
/// it has stored since can come into the index any more, however late it tries.
final class SegmentSequence: Sendable {
  private let context: RepositoryContext
  private let session: SnapshotID
  private let state = Mutex(State())

  private struct State {
    var nextNumber: UInt32 = 1
    /// What publishing under the next name failed with; it may have got the name before.
    var doubtful: [UInt8]?
  }

  init(of session: SnapshotID, context: RepositoryContext) {
    self.context = context
    self.session = session
  }

  /// Whether a segment has been published.
  var hasPublished: Bool { state.withLock { $0.nextNumber > 1 } }

  /// Makes a segment durable. It may be tried again after a failure: on a full disk a prune goes on.
  ///
  /// - Throws: `.fenced` if the session was fenced off.
  func publish(_ segment: IndexSegment) throws(RepositoryError) -> SegmentID {
    try state.withLock { (state) throws(RepositoryError) in
      try settle(&state)
      let id = SegmentID(session: session, number: state.nextNumber)
      let object = try context.seal(segment, as: id)
      state.doubtful = object
      guard try context.put(object, as: id) else { throw .fencedOff(session) }
      state.doubtful = nil
      // Before the parity, which may fail: the name is taken by this session itself then.
      state.nextNumber += 1
      try context.publishParity(of: .segment(id), object)
      return id
    }
  }

  /// Passes over the next name if what this session could not publish has it nevertheless: nobody has fenced it off then.
  private func settle(_ state: inout State) throws(RepositoryError) {
    guard let doubtful = state.doubtful else { return }
    let name = try ObjectName.segment(SegmentID(session: session, number: state.nextNumber))
    let hasName = try RepositoryError.wrapping("\(name)") { () throws(BackendError) in
      try context.stands(doubtful, as: name)
    }
    state.doubtful = nil
    guard hasName else { return }
    state.nextNumber += 1
    try context.publishParity(of: name, doubtful)
  }
}

extension RepositoryContext {
  fileprivate func seal(_ segment: IndexSegment, as id: SegmentID) throws(RepositoryError) -> [UInt8] {
    try sealer.seal(.indexSegment, name: ObjectName.segment(id).name, body: segment.encode())
  }

  /// Publishes a sealed segment without its parity; false if its name is taken.
  fileprivate func put(_ object: [UInt8], as id: SegmentID) throws(RepositoryError) -> Bool {
    try put(object, as: .segment(id), "index segment \(id)")
  }

  /// Publishes a segment; false if its name is taken.
  func publish(_ segment: IndexSegment, as id: SegmentID) throws(RepositoryError) -> Bool {
    let object = try seal(segment, as: id)
    guard try put(object, as: id) else { return false }
    try publishParity(of: .segment(id), object)
    return true
  }
}

extension RepositoryError {
  static func fencedOff(_ session: SnapshotID) -> RepositoryError {
    RepositoryError(.fenced, "session \(session) was fenced off by a prune; start it again")
  }
}
