public import Format
import Cryptography
import Synchronization

/// Stores chunks, each once. Every worker thread has one of its own; what they share is in the session.
public final class ChunkWriter {
  private let session: WriteSession
  private var reader: IndexReader
  private var hasher: HMACSHA256
  private var compressor: FrameCompressor
  private var data: FrameBuilder
  private var metadata: FrameBuilder

  init(session: WriteSession) throws(RepositoryError) {
    let target = Int(session.context.configuration.frameTarget)
    self.session = session
    reader = try session.index.reader(condemned: session.condemned)
    hasher = HMACSHA256(key: session.context.secrets.writerKeys.chunkID)
    compressor = try FrameCompressor(session.compression)
    data = FrameBuilder(target: target)
    metadata = FrameBuilder(target: target)
  }

  /// What became of a chunk.
  public struct Outcome: Sendable {
    /// The chunk's id.
    public let id: ChunkID
    /// Whether this call stored it; otherwise the repository or this session had it.
    public let isNew: Bool
  }

  /// Stores a chunk of 1 byte to ``Limits/chunkLength`` bytes unless it is stored already.
  ///
  /// It is durable when the session says so, not when this returns.
  public func store(_ bytes: UnsafeRawBufferPointer, kind: ChunkKind) throws(RepositoryError) -> Outcome {
    try store(bytes, id: ChunkID(hasher.authenticate(prefix: kind.rawValue, bytes)), kind: kind)
  }

  /// Stores chunks as if one after the other, in less time: ids of several are made at once.
  public func store(_ chunks: [UnsafeRawBufferPointer], kind: ChunkKind) throws(RepositoryError) -> [Outcome] {
    let ids = hasher.authenticate(chunks.map { HMACSHA256.Message(prefix: kind.rawValue, $0) })
    var outcomes: [Outcome] = []
    outcomes.reserveCapacity(chunks.count)
    for (bytes, id) in zip(chunks, ids) { outcomes.append(try store(bytes, id: ChunkID(id), kind: kind)) }
    return outcomes
  }

  private func store(
    _ bytes: UnsafeRawBufferPointer, id: ChunkID, kind: ChunkKind
  ) throws(RepositoryError) -> Outcome {
    precondition((1...Limits.chunkLength).contains(bytes.count), "a chunk of \(bytes.count) bytes")
    guard try claim(id) else { return Outcome(id: id, isNew: false) }
    try storeClaimed(bytes, id: id, kind: kind)
    return Outcome(id: id, isNew: true)
  }

  /// Stores a chunk that the caller has claimed, and that has this id.
  func storeClaimed(_ bytes: UnsafeRawBufferPointer, id: ChunkID, kind: ChunkKind) throws(RepositoryError) {
    session.counters.add(chunkOf: bytes.count)
    if kind == .data {
      try add(bytes, id: id, kind: kind, to: &data, pool: session.dataPacks)
    } else {
      try add(bytes, id: id, kind: kind, to: &metadata, pool: session.metadataPacks)
    }
  }

  /// Stores a frame of chunks of one kind of pack, all of which the caller has claimed, as it is.
  func storeClaimed(_ frame: PreparedFrame, in kind: PackKind) throws(RepositoryError) {
    for chunk in frame.chunks { session.counters.add(chunkOf: chunk.length) }
    try append(frame, to: kind == .data ? session.dataPacks : session.metadataPacks)
  }

  private func append(_ frame: PreparedFrame, to pool: PackPool) throws(RepositoryError) {
    try session.checkCancellation()
    session.counters.add(storedBytes: frame.stored.count + AES256GCM.tagCount)
    if !session.isRehearsal { try pool.append(frame) }
  }

  /// Whether a chunk is stored where it may be referred to, by an earlier session or by this one.
  public func isStored(_ id: ChunkID) throws(RepositoryError) -> Bool {
    try reader.contains(id)
  }

  /// The first 4 bytes of the keyed hash of a name, by which trees are split.
  public func splitHash(ofName name: UnsafeRawBufferPointer) -> UInt32 {
    hasher.authenticate(prefix: 0, name).withUnsafeBytes { UInt32(littleEndian: $0.loadUnaligned(as: UInt32.self)) }
  }

  /// Hands over what has been gathered. A session is finished only after every writer was flushed.
  public func flush() throws(RepositoryError) {
    try flush(&data, pool: session.dataPacks)
    try flush(&metadata, pool: session.metadataPacks)
  }

  /// Whether nobody has stored a chunk where it may be referred to, and nobody else is about to: the caller is to store it.
  func claim(_ id: ChunkID) throws(RepositoryError) -> Bool {
    let generation = session.index.generation
    if try reader.contains(id) { return false }
    guard session.claims.claim(id) else { return false }
    // Between the look-up and the claim the chunk may have gone from the claims into the index.
    guard session.index.generation != generation, try reader.contains(id) else {
      return true
    }
    session.claims.release(CollectionOfOne(id))
    return false
  }

  private func add(
    _ bytes: UnsafeRawBufferPointer, id: ChunkID, kind: ChunkKind, to builder: inout FrameBuilder, pool: PackPool
  ) throws(RepositoryError) {
    if !builder.hasRoom(for: bytes.count) { try flush(&builder, pool: pool) }
    guard builder.hasRoom(for: bytes.count) else {
      return try store([FramedChunk(id: id, kind: kind, length: bytes.count)], bytes, pool: pool)
    }
    builder.append(bytes, id: id, kind: kind)
    session.unflushedChunks.add(1, ordering: .releasing)
  }

  private func flush(_ builder: inout FrameBuilder, pool: PackPool) throws(RepositoryError) {
    guard !builder.isEmpty else { return }
    try store(builder.chunks, builder.bytes, pool: pool)
    session.unflushedChunks.subtract(builder.chunks.count, ordering: .releasing)
    builder.removeAll()
  }

  private func store(
    _ chunks: [FramedChunk], _ raw: UnsafeRawBufferPointer, pool: PackPool
  ) throws(RepositoryError) {
    try session.checkCancellation()
    let shrunk = try compressor.compress(raw, for: pool.kind)
    try append(
      PreparedFrame(
        chunks: chunks, codec: shrunk == nil ? .stored : .zstd, rawLength: raw.count, stored: shrunk ?? raw), to: pool)
  }
}
