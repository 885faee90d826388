import Backend
import Cryptography
import Format
import Synchronization

/// Hands out packs to workers in pieces, in order. Reading and hashing a piece is done by one worker at a time, opening
/// its frames by all of them at once.
final class PackFeed: Sendable {
  /// Pieces are cut at frame boundaries and have about this length, so that a worker's buffers stay in its caches.
  private static let pieceLength = 1 << 20

  /// The pack that is being read.
  private final class Reading {
    let pack: OpenPack
    let name: ObjectName
    var hasher = SHA256Hasher()
    var position = 0
    var nextFrame = 0

    init(_ pack: OpenPack, name: ObjectName) {
      self.pack = pack
      self.name = name
    }

    func hash() -> Digest256 {
      var finished = SHA256Hasher()
      swap(&finished, &hasher)
      return finished.finalize()
    }
  }

  private struct State: ~Copyable {
    var waiting: ArraySlice<ListedPack>
    var current: Reading?
    var done: UInt64 = 0
  }

  private let context: RepositoryContext
  private let index: IndexStore
  private let log: CheckLog
  private let total: UInt64
  private let deadline: ContinuousClock.Instant?
  private let progress: @Sendable (CheckProgress) -> Void
  private let state: Mutex<State>

  /// - Parameter deadline: no other pack is begun after it.
  init(
    _ packs: [ListedPack], context: RepositoryContext, index: IndexStore, log: CheckLog,
    deadline: ContinuousClock.Instant? = nil, progress: @escaping @Sendable (CheckProgress) -> Void
  ) {
    self.context = context
    self.index = index
    self.log = log
    self.deadline = deadline
    self.progress = progress
    total = packs.reduce(0) { $0 + $1.length }
    state = Mutex(State(waiting: packs[...]))
  }

  /// Reads the next piece into the window; nil when every pack was read.
  func next(into window: inout [UInt8]) throws(RepositoryError) -> PackPiece? {
    try state.withLock { (state: inout State) throws(RepositoryError) -> PackPiece? in
      while true {
        if let reading = state.current {
          if let piece = read(reading, &window, &state.done) { return piece }
          state.current = nil
        }
        if let deadline, ContinuousClock.now >= deadline { return nil }
        guard let pack = state.waiting.popFirst() else { return nil }
        state.current = try open(pack)
      }
    }
  }

  /// The packs that were not begun.
  var remaining: [ListedPack] { state.withLock { Array($0.waiting) } }

  /// Reads and hashes the next piece of a pack; nil when it has been read, or can't be read on.
  private func read(_ reading: Reading, _ window: inout [UInt8], _ done: inout UInt64) -> PackPiece? {
    let pack = reading.pack
    guard reading.position < pack.length else {
      if PackID(reading.hash()) != pack.id { pack.report("its bytes are not those that its name stands for") }
      pack.endReading(log)
      log.count { $0.packsRead += 1 }
      return nil
    }
    let start = reading.position
    let piece = cut(reading)
    if window.count < piece.length { window = [UInt8](repeating: 0, count: piece.length) }
    do throws(RepositoryError) {
      try window.withMutableBytes { (window) throws(RepositoryError) in
        let target = UnsafeMutableRawBufferPointer(rebasing: window[..<piece.length])
        try RepositoryError.wrapping("pack \(pack.id)") { () throws(BackendError) in
          try context.backend.read(reading.name, at: UInt64(start), into: target)
        }
        reading.hasher.update(UnsafeRawBufferPointer(target))
      }
    } catch {
      if error.code == .missing, index.wasPruned(pack.id, context) { return nil }
      pack.report("\(error)")
      for frame in piece.frames.lowerBound..<(pack.description?.directory.frames.count ?? 0) {
        pack.report(frame: frame, "\(error)")
      }
      pack.endReading(log)
      return nil
    }
    done += UInt64(piece.length)
    progress(CheckProgress(phase: .data, done: done, total: total))
    log.count { [length = UInt64(piece.length)] in $0.bytesRead += length }
    pack.beginPiece()
    return piece
  }

  /// Decides how far the next piece reaches, and moves behind it.
  private func cut(_ reading: Reading) -> PackPiece {
    let start = reading.position
    let pack = reading.pack
    guard let directory = pack.description?.directory, pack.key != nil else {
      reading.position = min(pack.length, start + Self.pieceLength)
      return PackPiece(pack: pack, frames: 0..<0, framesStart: 0, length: reading.position - start, tail: nil)
    }
    let first = reading.nextFrame
    if reading.position == 0 { reading.position = PackHeader.length }
    let framesStart = reading.position - start
    while reading.nextFrame < directory.frames.count, reading.position - start < Self.pieceLength {
      reading.position += Int(directory.frames[reading.nextFrame].sealedLength)
      reading.nextFrame += 1
    }
    let framesEnd = reading.position - start
    // The directory is opened as a whole, so it is read as a whole.
    let isLast = reading.nextFrame == directory.frames.count
    if isLast { reading.position = pack.length }
    return PackPiece(
      pack: pack, frames: first..<reading.nextFrame, framesStart: framesStart, length: reading.position - start,
      tail: isLast ? framesEnd : nil)
  }

  /// Finds out what should be in a pack; nil if that can't be, which is reported.
  private func open(_ listed: ListedPack) throws(RepositoryError) -> Reading? {
    let indexed = try index.description(of: listed.id)
    // A pack of another length was reported when the packs were compared with the index.
    if let indexed, indexed.length != listed.length { return nil }
    do throws(RepositoryError) {
      let name = try RepositoryError.wrapping("pack \(listed.id)") { () throws(BackendError) in
        try ObjectName(.packs, listed.id.hex)
      }
      var description = indexed
      var key: SecretBytes?
      if let privateKey = context.secrets.privateKey {
        let found: PackDescription
        if let indexed { found = indexed } else { found = try context.describe(listed) }
        key = try RepositoryError.wrapping("pack \(listed.id)") { () throws(CryptographyError) in
          try PackKey.open(found.header(in: context.configuration.repository), privateKey: privateKey).key
        }
        description = found
      }
      return Reading(
        OpenPack(listed, description: description, isIndexed: indexed != nil, key: key), name: name)
    } catch {
      if error.code == .missing, index.wasPruned(listed.id, context) { return nil }
      let finding = log.damaged(indexed == nil ? .warning : .error, listed.id, "\(error)")
      if let name = try? ObjectName.pack(listed.id) { log.suspect(name, because: finding) }
      if indexed != nil { log.condemn(pack: listed.id, because: finding) }
      return nil
    }
  }
}

extension IndexStore {
  /// Whether a pack that is gone was removed by a prune since it was listed: the index names it no more.
  func wasPruned(_ pack: PackID, _ context: RepositoryContext) -> Bool {
    do throws(RepositoryError) {
      try refresh(from: context)
      return try description(of: pack) == nil
    } catch {
      return false
    }
  }
}
