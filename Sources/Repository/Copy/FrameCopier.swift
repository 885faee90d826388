import Cryptography
import Format
import Synchronization
import Threads

/// Copies chunks to the sessions of other repositories, reading each frame once for all of them, in the order of the packs.
///
/// Every chunk is compared with its id before anybody gets it. A large frame all of whose chunks a target lacks moves as it is
/// stored, sealed again but not compressed again; what is lacking of others is gathered into new frames. It stops soon after the
/// first chunk that can't be had: nothing will refer to the rest.
public final class FrameCopier: Sendable {
  /// Neighbouring frames of a pack.
  private struct Slice {
    static let frameCount = 8

    let number: PackNumber
    let pack: PackDescription
    let frames: Range<Int>
  }

  private struct State {
    var packs: ArraySlice<PackNumber>
    var rest: Slice?
    var lost = LostChunks()
    var failure: RepositoryError?
  }

  private let source: ReadingContext
  private let plan: CopyPlan
  private let progress: @Sendable (UInt64) -> Void
  private let isCancelled: @Sendable () -> Bool
  private let state: Mutex<State>

  /// - Parameters:
  ///   - progress: told of bytes that were looked at, before compression, each once however many there are who lacked them.
  public init(
    _ lacking: LackingChunks, from source: RepositoryReading, progress: @escaping @Sendable (UInt64) -> Void,
    isCancelled: @escaping @Sendable () -> Bool
  ) {
    self.source = source.context
    plan = lacking.plan()
    self.progress = progress
    self.isCancelled = isCancelled
    state = Mutex(State(packs: plan.packs[...]))
  }

  /// Does the work. All that it stored is handed over to the sessions when it returns, and not durable yet.
  ///
  /// - Returns: chunks that can't be had, which made it stop; nobody got them.
  /// - Throws: what makes it impossible to go on for everybody; `.missing` if packs have gone from the index of the source, so
  ///   that what is lacking has to be looked up again. What fails in a target is said to its intake.
  public func run() throws(RepositoryError) -> LostChunks {
    WorkerThreads.run(source.context.execution.workers) { [self] _ in
      do throws(RepositoryError) {
        try Worker(self).run()
      } catch {
        state.withLock { $0.failure = $0.failure ?? error }
      }
    }
    try state.withLock { (state) throws(RepositoryError) in if let failure = state.failure { throw failure } }
    for intake in plan.intakes { intake.perform { () throws(RepositoryError) in try intake.translation?.flush() } }
    return state.withLock { $0.lost }
  }

  private func next() throws(RepositoryError) -> Slice? {
    if isCancelled() { throw RepositoryError(.cancelled, "interrupted while chunks were copied") }
    return try state.withLock { (state) throws(RepositoryError) -> Slice? in
      guard state.failure == nil, state.lost.reason == nil, plan.intakes.contains(where: { $0.failure == nil }) else {
        return nil
      }
      while true {
        if let rest = state.rest {
          let end = min(rest.frames.lowerBound + Slice.frameCount, rest.frames.upperBound)
          state.rest =
            end < rest.frames.upperBound
            ? Slice(number: rest.number, pack: rest.pack, frames: end..<rest.frames.upperBound) : nil
          return Slice(number: rest.number, pack: rest.pack, frames: rest.frames.lowerBound..<end)
        }
        guard let number = state.packs.popFirst() else { return nil }
        guard let pack = try source.packs.pack(number) else {
          throw RepositoryError(.missing, "a pack vanished from the index while it was read; run the command again")
        }
        state.rest = Slice(number: number, pack: pack, frames: pack.directory.frames.indices)
      }
    }
  }

  private func add(lost chunk: ChunkID, _ error: RepositoryError) { state.withLock { $0.lost.add(chunk, error) } }

  /// What a thread needs to store chunks in one target.
  private final class Sink {
    let intake: ChunkIntake
    let number: Int
    let writer: ChunkWriter
    private let frameTarget: Int
    private var hasher: HMACSHA256

    init(_ intake: ChunkIntake, _ number: Int) throws(RepositoryError) {
      self.intake = intake
      self.number = number
      let context = intake.target.context
      writer = try intake.session.chunkWriter()
      frameTarget = Int(context.configuration.frameTarget)
      hasher = HMACSHA256(key: context.secrets.writerKeys.chunkID)
    }

    /// Stores the chunks at these indices of `entries`, unless they are there.
    func store(
      _ wanted: [Int], of entries: ArraySlice<PackDirectory.ChunkEntry>, isGood: [Bool], in frame: DecodedFrame,
      _ ordinal: Int, of pack: PackDescription, moving frames: FrameReader
    ) throws(RepositoryError) {
      let ids = try names(of: entries, isGood: isGood, in: frame, ordinal, of: pack)
      let first = entries.startIndex
      var new: [Int] = []
      for index in wanted where isGood[index] { if try writer.claim(ids[index]) { new.append(index) } }
      guard new.count < entries.count || frame.count * 2 < frameTarget else {
        let chunks = zip(entries, ids).map { FramedChunk(id: $1, kind: $0.kind, length: Int($0.length)) }
        let codec = pack.directory.frames[ordinal].codec
        return try frames.withStored(ordinal, of: pack) { (stored) throws(RepositoryError) in
          try writer.storeClaimed(
            PreparedFrame(chunks: chunks, codec: codec, rawLength: frame.count, stored: stored), in: pack.kind)
        }
      }
      try frame.withUnsafeBytes { (bytes) throws(RepositoryError) in
        for index in new {
          let entry = entries[first + index]
          try writer.storeClaimed(
            UnsafeRawBufferPointer(rebasing: bytes[entry.rangeInFrame]), id: ids[index], kind: entry.kind)
        }
      }
    }

    /// What the chunks are called in the target; remembered where that is something else.
    private func names(
      of entries: ArraySlice<PackDirectory.ChunkEntry>, isGood: [Bool], in frame: DecodedFrame, _ ordinal: Int,
      of pack: PackDescription
    ) throws(RepositoryError) -> [ChunkID] {
      guard let translation = intake.translation else { return entries.map(\.id) }
      let ids = frame.ids(of: entries, &hasher)
      let known = zip(entries, zip(ids, isGood)).filter { $1.1 }.map {
        (offset: $0.offsetInFrame, chunk: $0.id, id: $1.0)
      }
      try translation.remember(known, of: ordinal, in: pack.id)
      return ids
    }
  }

  /// The work of one thread.
  private final class Worker {
    private let copier: FrameCopier
    private let plan: CopyPlan
    private let frames: FrameReader
    private let chunks: ChunkReader
    private var hasher: HMACSHA256
    private var sinks: [Sink] = []

    init(_ copier: FrameCopier) throws(RepositoryError) {
      self.copier = copier
      plan = copier.plan
      let source = copier.source
      frames = try FrameReader(context: source.context, packKeys: source.packKeys)
      chunks = try ChunkReader(reading: source)
      hasher = HMACSHA256(key: source.context.secrets.writerKeys.chunkID)
      for (number, intake) in plan.intakes.enumerated() {
        intake.perform { () throws(RepositoryError) in sinks.append(try Sink(intake, number)) }
      }
    }

    func run() throws(RepositoryError) {
      while let slice = try copier.next() {
        for ordinal in slice.frames { try copy(ordinal, of: slice) }
      }
      for sink in sinks { sink.intake.perform { () throws(RepositoryError) in try sink.writer.flush() } }
    }

    private func copy(_ ordinal: Int, of slice: Slice) throws(RepositoryError) {
      let pack = slice.pack
      let range = pack.directory.frames[ordinal].chunkRange
      let wanted = range.filter { plan.isWanted($0, of: slice.number) }
      guard !wanted.isEmpty else { return }
      let entries = pack.directory.chunks[range]
      let length = wanted.reduce(0) { $0 + UInt64(pack.directory.chunks[$1].length) }
      let frame: DecodedFrame
      do throws(RepositoryError) {
        frame = try frames.decoded(ordinal, of: pack)
      } catch let error where error.saysLost {
        for index in wanted { try salvage(index, of: slice, after: error) }
        copier.progress(length)
        return
      }
      let isGood = zip(entries, frame.ids(of: entries, &hasher)).map { $0.id == $1 }
      for sink in sinks {
        let indices = wanted.filter { plan.isWanted($0, of: slice.number, by: sink.number) }.map {
          $0 - range.lowerBound
        }
        guard !indices.isEmpty else { continue }
        sink.intake.perform { () throws(RepositoryError) in
          try sink.store(
            indices, of: entries, isGood: isGood, in: frame, ordinal, of: pack, moving: frames)
        }
      }
      for index in wanted where !isGood[index - range.lowerBound] {
        let id = pack.directory.chunks[index].id
        try salvage(
          index, of: slice,
          after: RepositoryError(
            .damaged, "chunk \(id) in frame \(ordinal) of pack \(pack.id) is not what its id says"))
      }
      copier.progress(length)
    }

    /// Copies a chunk from another place where there is one.
    private func salvage(_ index: Int, of slice: Slice, after error: RepositoryError) throws(RepositoryError) {
      let chunk = slice.pack.directory.chunks[index]
      // What a disk can't read takes it long; only a pack that has gone may have moved.
      if error.code != .missing, try chunks.placeCount(of: chunk.id, kind: chunk.kind) < 2 {
        return copier.add(lost: chunk.id, error)
      }
      do throws(RepositoryError) {
        try chunks.withChunk(chunk.id, kind: chunk.kind) { bytes in
          for sink in sinks where plan.isWanted(index, of: slice.number, by: sink.number) {
            sink.intake.perform { () throws(RepositoryError) in _ = try sink.writer.store(bytes, kind: chunk.kind) }
          }
        }
      } catch let error where error.saysLost {
        copier.add(lost: chunk.id, error)
      }
    }
  }
}

extension RepositoryError {
  /// Whether what was to be read can't be had, and other things may be.
  public var saysLost: Bool { code == .damaged || code == .missing || saysUnreadable }
}
