import Format
import Threads

/// The open packs of one kind: a worker borrows one, appends a frame to it and gives it back, so that no lock is held
/// while sealing, hashing and writing.
///
/// The pack given back last is lent first, so a small backup fills one pack, and only as many are open as there are
/// workers appending at once.
final class PackPool: Sendable {
  private struct State {
    var idle: [PackWriter] = []
    var lent = 0
  }

  let kind: PackKind
  private let context: RepositoryContext
  private let openLimit: Int
  private let finisher: PackFinisher
  private let state = Monitor(State())

  init(kind: PackKind, openLimit: Int, context: RepositoryContext, finisher: PackFinisher) {
    self.kind = kind
    self.openLimit = openLimit
    self.context = context
    self.finisher = finisher
  }

  /// Stores a frame in one of the open packs, or in a new one.
  func append(_ frame: PreparedFrame) throws(RepositoryError) {
    let target = Int(context.configuration.packTarget)
    var writer = borrow()
    do throws(RepositoryError) {
      if let full = writer,
        !full.hasRoom(forFrameOf: frame.stored.count, chunkCount: frame.chunks.count, target: target)
      {
        try finisher.finish(full)
        writer = nil
      }
      let open: PackWriter
      if let writer { open = writer } else { open = try PackWriter(kind: kind, context: context) }
      try open.append(frame)
      giveBack(open)
    } catch {
      // What other workers put into the pack is lost with it, so the session must not end well.
      finisher.fail(error)
      giveBack(nil)
      throw error
    }
  }

  /// Hands over every open pack to be finished. No frame may be under way.
  func drain() throws(RepositoryError) {
    let writers = state.update { state in
      defer { state.idle = [] }
      return state.idle
    }
    for writer in writers { try finisher.finish(writer) }
  }

  /// An open pack, nil for leave to open one.
  private func borrow() -> PackWriter? {
    let writer: PackWriter?? = state.wait { state in
      if let writer = state.idle.popLast() {
        state.lent += 1
        return .some(writer)
      }
      guard state.lent < openLimit else { return nil }
      state.lent += 1
      return .some(nil)
    }
    return writer ?? nil
  }

  private func giveBack(_ writer: PackWriter?) {
    state.update { state in
      state.lent -= 1
      if let writer { state.idle.append(writer) }
    }
  }
}
