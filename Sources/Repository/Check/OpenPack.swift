import Backend
import Cryptography
import Format
import Synchronization

/// A stretch of a pack in a worker's window.
struct PackPiece {
  let pack: OpenPack
  /// The frames that the window holds from ``framesStart`` on.
  let frames: Range<Int>
  /// Where they begin in the window.
  let framesStart: Int
  /// The window's length.
  let length: Int
  /// Where the sealed directory and the footer begin in the window, if they are in it.
  let tail: Int?
}

/// A pack that is being read from its beginning to its end; what is wrong with it becomes one finding.
final class OpenPack: Sendable {
  private struct Verdict {
    var problems: [String] = []
    var badFrames: Set<UInt32> = []
    var pieces = 0
    var isRead = false
  }

  let id: PackID
  let length: Int
  /// What the index says of it, or the pack itself where the index knows nothing; nil if only bytes can be checked.
  let description: PackDescription?
  /// Its key; nil for a write key.
  let key: SecretBytes?
  private let isIndexed: Bool
  private let verdict = Mutex(Verdict())

  init(_ pack: ListedPack, description: PackDescription?, isIndexed: Bool, key: SecretBytes?) {
    id = pack.id
    length = Int(clamping: pack.length)
    self.description = description
    self.isIndexed = isIndexed
    self.key = key
  }

  /// Says what is wrong with the pack.
  func report(_ problem: String) {
    verdict.withLock { $0.problems.append(problem) }
  }

  /// Says why a frame can't be had.
  func report(frame: Int, _ problem: String) {
    verdict.withLock { verdict in
      // One damaged pack may have thousands; the first says enough.
      if verdict.badFrames.isEmpty { verdict.problems.append(problem) }
      verdict.badFrames.insert(UInt32(frame))
    }
  }

  /// A worker has taken a piece.
  func beginPiece() { verdict.withLock { $0.pieces += 1 } }

  /// A worker has done with a piece.
  func endPiece(_ log: CheckLog) {
    conclude(log) { $0.pieces -= 1 }
  }

  /// No more pieces will be taken.
  func endReading(_ log: CheckLog) {
    conclude(log) { $0.isRead = true }
  }

  private func conclude(_ log: CheckLog, _ change: (inout Verdict) -> Void) {
    let final: Verdict? = verdict.withLock { verdict in
      change(&verdict)
      // That is so once: no piece is taken any more.
      return verdict.isRead && verdict.pieces == 0 ? verdict : nil
    }
    guard let final else { return }
    guard !final.problems.isEmpty else { return log.sound(id) }
    let frameCount = description?.directory.frames.count ?? 0
    let extent = final.badFrames.isEmpty ? "" : "\(final.badFrames.count) of its \(frameCount) frames can't be read: "
    let finding = log.damaged(
      isIndexed ? .error : .warning, id, extent + final.problems.joined(separator: "; "))
    if let name = try? ObjectName.pack(id) { log.suspect(name, because: finding) }
    if isIndexed { log.condemn(frames: final.badFrames, of: id, because: finding) }
  }
}
