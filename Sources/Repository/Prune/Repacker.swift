import Cryptography
import Format
import Synchronization
import Threads

/// Writes what is needed of packs into new ones.
///
/// A large frame of which everything is needed moves as it is, opened and sealed again but not recompressed, and so do those
/// that it is told; what is needed of others is gathered into new frames.
final class Repacker: Sendable {
  /// A pack, which of its chunks are needed, and which frames move though some of their chunks are not.
  struct Source: Sendable {
    let pack: PackDescription
    let marks: [Bool]
    var movedFrames: Set<Int> = []
  }

  /// Neighbouring frames of a pack: so few that all workers have something to do until the end.
  private struct Slice {
    static let frameCount = 16

    let source: Source
    let frames: Range<Int>

    var length: UInt64 { source.pack.directory.frames[frames].reduce(0) { $0 + UInt64($1.sealedLength) } }
  }

  private struct State {
    var waiting: ArraySlice<Slice>
    var done: UInt64 = 0
    var unreadable: [PackID: RepositoryError] = [:]
    var failure: RepositoryError?
  }

  private static let kinds: [PackKind] = [.data, .metadata]

  private let reading: ReadingContext
  private let finisher: PackFinisher
  private let pools: [PackKind: PackPool]
  private let written: WrittenPacks
  private let frameTarget: Int
  private let compression: CompressionLevel
  private let total: UInt64
  private let progress: @Sendable (PruneProgress) -> Void
  private let isCancelled: @Sendable () -> Bool
  private let state: Mutex<State>

  init(
    _ sources: [Source], reading: ReadingContext, segments: SegmentSequence, compression: CompressionLevel,
    progress: @escaping @Sendable (PruneProgress) -> Void, isCancelled: @escaping @Sendable () -> Bool
  ) {
    self.reading = reading
    self.compression = compression
    self.progress = progress
    self.isCancelled = isCancelled
    let written = WrittenPacks()
    self.written = written
    let index = reading.index
    let context = reading.context
    let finisher = PackFinisher(context.execution) { (packs) throws(RepositoryError) in
      let segment = IndexSegment(packs: packs)
      try index.insert(segment, id: try segments.publish(segment))
      written.add(packs)
    }
    self.finisher = finisher
    pools = Dictionary(
      uniqueKeysWithValues: Self.kinds.map { kind in
        (kind, PackPool(kind: kind, openLimit: context.execution.workers, context: context, finisher: finisher))
      })
    frameTarget = Int(context.configuration.frameTarget)
    let slices = sources.flatMap { source in
      let count = source.pack.directory.frames.count
      return stride(from: 0, to: count, by: Slice.frameCount).map { first in
        Slice(source: source, frames: first..<min(first + Slice.frameCount, count))
      }
    }
    total = slices.reduce(0) { $0 + $1.length }
    state = Mutex(State(waiting: slices[...]))
  }

  /// Does the work. When it returns, everything that was written is durable and in the index.
  ///
  /// - Returns: packs of which something could not be read, with the reason; they must stay.
  func run() throws(RepositoryError) -> [PackID: RepositoryError] {
    guard let thread = WorkerThread(starting: { [finisher] in finisher.run() }) else {
      throw RepositoryError(.backend, "no thread could be started for writing packs")
    }
    WorkerThreads.run(reading.context.execution.workers) { [self] _ in
      do throws(RepositoryError) {
        try Worker(self).run()
      } catch {
        state.withLock { $0.failure = $0.failure ?? error }
      }
    }
    do throws(RepositoryError) {
      if let failure = state.withLock({ $0.failure }) { throw failure }
      for kind in Self.kinds { try pools[kind]?.drain() }
    } catch {
      finisher.fail(error)
    }
    finisher.close()
    thread.join()
    // Whoever started this must know if something may still take effect.
    if let failure = finisher.openFailure ?? finisher.failure { throw failure }
    return state.withLock { $0.unreadable }
  }

  /// The packs that were written.
  var writtenPacks: PruneReport.Packs { written.packs }

  private func next() throws(RepositoryError) -> Slice? {
    if isCancelled() { throw RepositoryError(.cancelled, "interrupted while packs were written again") }
    return state.withLock { state in state.failure == nil ? state.waiting.popFirst() : nil }
  }

  private func end(_ slice: Slice, _ error: RepositoryError?) {
    let done = state.withLock { state in
      if let error { state.unreadable[slice.source.pack.id] = error }
      state.done += slice.length
      return state.done
    }
    progress(PruneProgress(phase: .repacking, done: done, total: total))
  }

  /// The work of one thread.
  private final class Worker {
    private let repacker: Repacker
    private let frames: FrameReader
    private var hasher: HMACSHA256
    private var compressor: FrameCompressor
    private var data: FrameBuilder
    private var metadata: FrameBuilder

    init(_ repacker: Repacker) throws(RepositoryError) {
      self.repacker = repacker
      let reading = repacker.reading
      frames = try FrameReader(context: reading.context, packKeys: reading.packKeys)
      hasher = HMACSHA256(key: reading.context.secrets.writerKeys.chunkID)
      compressor = try FrameCompressor(repacker.compression)
      data = FrameBuilder(target: repacker.frameTarget)
      metadata = FrameBuilder(target: repacker.frameTarget)
    }

    func run() throws(RepositoryError) {
      while let slice = try repacker.next() {
        do throws(RepositoryError) {
          try copy(slice)
          repacker.end(slice, nil)
        } catch let error where error.code == .damaged || error.code == .missing {
          repacker.end(slice, error)
        }
      }
      try flush(&data, .data)
      try flush(&metadata, .metadata)
    }

    private func copy(_ slice: Slice) throws(RepositoryError) {
      let source = slice.source
      for ordinal in slice.frames {
        let frame = source.pack.directory.frames[ordinal]
        let needed = frame.chunkRange.filter { source.marks[$0] }
        guard !needed.isEmpty else { continue }
        let isWhollyUsed = needed.count == frame.chunkRange.count
        if source.movedFrames.contains(ordinal) || (isWhollyUsed && Int(frame.rawLength) * 2 >= repacker.frameTarget) {
          try move(ordinal, of: source.pack)
        } else {
          try gather(needed, from: ordinal, of: source.pack)
        }
      }
    }

    private func move(_ ordinal: Int, of pack: PackDescription) throws(RepositoryError) {
      let frame = pack.directory.frames[ordinal]
      let chunks = pack.directory.chunks[frame.chunkRange].map {
        FramedChunk(id: $0.id, kind: $0.kind, length: Int($0.length))
      }
      try frames.withStored(ordinal, of: pack) { (stored) throws(RepositoryError) in
        try repacker.pools[pack.kind]?.append(
          PreparedFrame(chunks: chunks, codec: frame.codec, rawLength: Int(frame.rawLength), stored: stored))
      }
    }

    private func gather(_ chunks: [Int], from ordinal: Int, of pack: PackDescription) throws(RepositoryError) {
      let entries = chunks.map { pack.directory.chunks[$0] }
      let frame = try frames.decoded(ordinal, of: pack)
      for (chunk, id) in zip(entries, frame.ids(of: entries, &hasher)) where chunk.id != id {
        throw RepositoryError(
          .damaged, "chunk \(chunk.id) in frame \(ordinal) of pack \(pack.id) is not what its id says")
      }
      try frame.withUnsafeBytes { (bytes) throws(RepositoryError) in
        for chunk in entries {
          let bytes = UnsafeRawBufferPointer(rebasing: bytes[chunk.rangeInFrame])
          if pack.kind == .data {
            try add(bytes, chunk, to: &data, .data)
          } else {
            try add(bytes, chunk, to: &metadata, .metadata)
          }
        }
      }
    }

    private func add(
      _ bytes: UnsafeRawBufferPointer, _ chunk: PackDirectory.ChunkEntry, to builder: inout FrameBuilder,
      _ kind: PackKind
    ) throws(RepositoryError) {
      if !builder.hasRoom(for: bytes.count) { try flush(&builder, kind) }
      if builder.hasRoom(for: bytes.count) {
        builder.append(bytes, id: chunk.id, kind: chunk.kind)
      } else {
        try store([FramedChunk(id: chunk.id, kind: chunk.kind, length: bytes.count)], bytes, kind)
      }
    }

    private func flush(_ builder: inout FrameBuilder, _ kind: PackKind) throws(RepositoryError) {
      guard !builder.isEmpty else { return }
      try store(builder.chunks, builder.bytes, kind)
      builder.removeAll()
    }

    private func store(
      _ chunks: [FramedChunk], _ raw: UnsafeRawBufferPointer, _ kind: PackKind
    ) throws(RepositoryError) {
      let shrunk = try compressor.compress(raw, for: kind)
      try repacker.pools[kind]?.append(
        PreparedFrame(
          chunks: chunks, codec: shrunk == nil ? .stored : .zstd, rawLength: raw.count, stored: shrunk ?? raw))
    }
  }
}

/// Packs that were made durable, counted by the thread that finishes them.
private final class WrittenPacks: Sendable {
  private let counted = Mutex(PruneReport.Packs())

  var packs: PruneReport.Packs { counted.withLock { $0 } }

  func add(_ packs: [PackDescription]) {
    counted.withLock { counted in for pack in packs { counted.add(pack.length) } }
  }
}
