import Cryptography
import Format
import Synchronization
import Threads

/// Writes what is needed of packs into new ones.
///
/// A large frame of which nearly everything is needed moves as it is, opened and sealed again but not recompressed; what is
/// needed of others is gathered into new frames.
final class Repacker: Sendable {
  /// A pack, and which of its chunks are needed.
  struct Source: Sendable {
    let pack: PackDescription
    let marks: [Bool]
  }

  private struct State {
    var waiting: ArraySlice<Source>
    var done: UInt64 = 0
    var unusedBytes: UInt64 = 0
    var unreadable: [PackID: RepositoryError] = [:]
    var failure: RepositoryError?
  }

  private static let kinds: [PackKind] = [.data, .metadata]

  private let reading: ReadingContext
  private let finisher: PackFinisher
  private let pools: [PackKind: PackPool]
  private let written: WrittenPacks
  private let frameTarget: Int
  private let tolerance: Double
  private let total: UInt64
  private let progress: @Sendable (PruneProgress) -> Void
  private let isCancelled: @Sendable () -> Bool
  private let state: Mutex<State>

  init(
    _ sources: [Source], tolerance: Double, reading: ReadingContext, segments: SegmentSequence,
    progress: @escaping @Sendable (PruneProgress) -> Void, isCancelled: @escaping @Sendable () -> Bool
  ) {
    self.reading = reading
    self.tolerance = tolerance
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
    total = sources.reduce(0) { $0 + $1.pack.length }
    state = Mutex(State(waiting: sources[...]))
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
    if let failure = finisher.failure { throw failure }
    return state.withLock { $0.unreadable }
  }

  /// Bytes, about, that nothing needs and that moved with their frames.
  var unusedBytes: UInt64 { state.withLock { $0.unusedBytes } }

  /// The packs that were written.
  var writtenPacks: PruneReport.Packs { written.packs }

  private func next() throws(RepositoryError) -> Source? {
    if isCancelled() { throw RepositoryError(.cancelled, "interrupted while packs were written again") }
    return state.withLock { state in state.failure == nil ? state.waiting.popFirst() : nil }
  }

  private func end(_ source: Source, _ error: RepositoryError?) {
    let done = state.withLock { state in
      if let error { state.unreadable[source.pack.id] = error }
      state.done += source.pack.length
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
      compressor = try FrameCompressor()
      data = FrameBuilder(target: repacker.frameTarget)
      metadata = FrameBuilder(target: repacker.frameTarget)
    }

    func run() throws(RepositoryError) {
      while let source = try repacker.next() {
        do throws(RepositoryError) {
          try copy(source)
          repacker.end(source, nil)
        } catch let error where error.code == .damaged || error.code == .missing {
          repacker.end(source, error)
        }
      }
      try flush(&data, .data)
      try flush(&metadata, .metadata)
    }

    private func copy(_ source: Source) throws(RepositoryError) {
      let moved = framesToMove(source)
      for (ordinal, frame) in source.pack.directory.frames.enumerated() {
        let needed = frame.chunkRange.filter { source.marks[$0] }
        guard !needed.isEmpty else { continue }
        if moved.contains(ordinal) {
          try move(ordinal, of: source.pack)
        } else {
          try gather(needed, from: ordinal, of: source.pack)
        }
      }
    }

    /// The large frames with the smallest unused shares, as long as what is unused in them stays within the tolerance.
    private func framesToMove(_ source: Source) -> Set<Int> {
      let directory = source.pack.directory
      var neededBytes = 0
      var candidates: [(ordinal: Int, unused: Int, share: Double)] = []
      for (ordinal, frame) in directory.frames.enumerated() {
        let needed = frame.chunkRange.reduce(0) { $0 + (source.marks[$1] ? Int(directory.chunks[$1].length) : 0) }
        neededBytes += needed
        guard needed > 0, Int(frame.rawLength) * 2 >= repacker.frameTarget else { continue }
        let unused = Int(frame.rawLength) - needed
        candidates.append((ordinal, unused, Double(unused) / Double(frame.rawLength)))
      }
      var room = Double(neededBytes) * repacker.tolerance
      var moved: Set<Int> = []
      var unused = 0.0
      for candidate in candidates.sorted(by: { ($0.share, $0.ordinal) < ($1.share, $1.ordinal) }) {
        guard Double(candidate.unused) <= room else { break }
        room -= Double(candidate.unused)
        unused += candidate.share * Double(directory.frames[candidate.ordinal].sealedLength)
        moved.insert(candidate.ordinal)
      }
      repacker.state.withLock { $0.unusedBytes += UInt64(unused) }
      return moved
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
      let length = Int(pack.directory.frames[ordinal].rawLength)
      let frame = try DecodedFrame(length: length) { (buffer) throws(RepositoryError) in
        try frames.read(ordinal, of: pack, into: buffer)
      }
      for index in chunks {
        let chunk = pack.directory.chunks[index]
        let range = Int(chunk.offsetInFrame)..<Int(chunk.offsetInFrame) + Int(chunk.length)
        try frame.withUnsafeBytes { (bytes) throws(RepositoryError) in
          let bytes = UnsafeRawBufferPointer(rebasing: bytes[range])
          guard ChunkID(hasher.authenticate(prefix: chunk.kind.rawValue, bytes)) == chunk.id else {
            throw RepositoryError(
              .damaged, "chunk \(chunk.id) in frame \(ordinal) of pack \(pack.id) is not what its id says")
          }
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
      let shrunk = try compressor.compress(raw)
      try repacker.pools[kind]?.append(
        PreparedFrame(
          chunks: chunks, codec: shrunk == nil ? .stored : .zstd, rawLength: raw.count, stored: shrunk ?? raw))
    }
  }
}

extension PackDirectory.FrameEntry {
  /// The frame's chunks among those of the directory.
  fileprivate var chunkRange: Range<Int> { Int(firstChunk)..<Int(firstChunk) + Int(chunkCount) }
}

/// Packs that were made durable, counted by the thread that finishes them.
private final class WrittenPacks: Sendable {
  private let counted = Mutex(PruneReport.Packs())

  var packs: PruneReport.Packs { counted.withLock { $0 } }

  func add(_ packs: [PackDescription]) {
    counted.withLock { counted in for pack in packs { counted.add(pack.length) } }
  }
}
