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
  private let nextNumber = Mutex<UInt32>(1)

  init(of session: SnapshotID, context: RepositoryContext) {
    self.context = context
    self.session = session
  }

  /// Makes a segment durable.
  ///
  /// - Throws: `.fenced` if the session was fenced off.
  func publish(_ segment: IndexSegment) throws(RepositoryError) -> SegmentID {
    try nextNumber.withLock { (number) throws(RepositoryError) in
      let id = SegmentID(session: session, number: number)
      guard let object = try context.put(segment, as: id) else { throw .fencedOff(session) }
      // Before the parity, which may fail: the name is taken by this session itself then, and a prune on a full disk goes on.
      number += 1
      try context.publishParity(of: .segment(id), object)
      return id
    }
  }
}

extension RepositoryContext {
  /// Publishes a segment without its parity; nil if its name is taken.
  ///
  /// - Returns: the object that stands under the name now.
  fileprivate func put(_ segment: IndexSegment, as id: SegmentID) throws(RepositoryError) -> [UInt8]? {
    try put(.indexSegment, .segment(id), body: segment.encode(), "index segment \(id)")
  }

  /// Publishes a segment; false if its name is taken.
  func publish(_ segment: IndexSegment, as id: SegmentID) throws(RepositoryError) -> Bool {
    guard let object = try put(segment, as: id) else { return false }
    try publishParity(of: .segment(id), object)
    return true
  }
}

extension RepositoryError {
  static func fencedOff(_ session: SnapshotID) -> RepositoryError {
    RepositoryError(.fenced, "session \(session) was fenced off by a prune; start it again")
  }
}
