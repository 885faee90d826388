public import Format
import Cryptography

/// Where a chunk can be read: the frame that holds it, and the place inside.
public struct ChunkPlace: Hashable, Sendable {
  let pack: PackNumber
  let frame: UInt32
  let offset: UInt32
  /// The chunk's length in bytes.
  public let length: UInt32

  /// Where it lies in its frame.
  var range: Range<Int> { Int(offset)..<Int(offset) + Int(length) }

  /// The frame, in an order in which reading frames one after another moves forward through each pack.
  public var frameKey: UInt64 { UInt64(pack.value) << 32 | UInt64(frame) }
}

/// Chunks of a frame that were found to be what their ids say, by their offset.
private struct CheckedChunks {
  let frame: DecodedFrame
  let kind: ChunkKind
  let chunks: [UInt32: (id: ChunkID, place: ChunkPlace)]
}

/// Reads chunks, for one thread; every chunk that it gives has the id that was asked for.
public final class ChunkReader {
  let reading: ReadingContext
  let packs: PackTable
  let frames: FrameReader
  private let index: IndexReader
  private let cache: FrameCache
  private var hasher: HMACSHA256
  private var checked: CheckedChunks?

  init(reading: ReadingContext) throws(RepositoryError) {
    self.reading = reading
    packs = reading.packs
    cache = reading.frames
    frames = try FrameReader(context: reading.context, packKeys: reading.packKeys)
    index = try reading.index.reader()
    hasher = HMACSHA256(key: reading.context.secrets.writerKeys.chunkID)
  }

  /// Where a chunk is stored.
  ///
  /// - Throws: `.missing` if the index has no such chunk of this kind.
  public func place(of id: ChunkID, kind: ChunkKind) throws(RepositoryError) -> ChunkPlace {
    var isFirst = true
    while true {
      let generation = reading.index.generation
      if let place = try index.places(of: id, kind: kind).first { return place }
      guard try reading.refresh(since: generation) || isFirst else { throw missing(id, kind) }
      isFirst = false
    }
  }

  /// The pack that holds a place; nil if it has gone from the index since.
  func pack(of place: ChunkPlace) throws(RepositoryError) -> PackID? { try index.pack(place.pack) }

  /// In how many places the index has a chunk.
  func placeCount(of id: ChunkID, kind: ChunkKind) throws(RepositoryError) -> Int {
    try index.places(of: id, kind: kind).count
  }

  /// How many bytes a chunk takes in its pack: its share of the frame that it is in.
  ///
  /// - Throws: `.missing` if the index has no such chunk.
  public func storedLength(of id: ChunkID, kind: ChunkKind) throws(RepositoryError) -> UInt64 {
    let place = try place(of: id, kind: kind)
    guard let pack = try packs.pack(place.pack) else {
      throw RepositoryError(.missing, "a pack vanished from the index while it was read; run the command again")
    }
    let frame = pack.directory.frames[Int(place.frame)]
    return UInt64(frame.sealedLength) * UInt64(place.length) / UInt64(frame.rawLength)
  }

  /// Lends a chunk's bytes, after checking them against its id. Each place that the index names is tried.
  ///
  /// - Throws: `.missing`, or `.damaged` naming the pack.
  public func withChunk<Result>(
    _ id: ChunkID, kind: ChunkKind, _ body: (UnsafeRawBufferPointer) throws(RepositoryError) -> Result
  ) throws(RepositoryError) -> Result {
    var isFirst = true
    while true {
      let generation = reading.index.generation
      var failure: RepositoryError?
      for place in try index.places(of: id, kind: kind) {
        let frame: DecodedFrame
        do throws(RepositoryError) {
          frame = try self.frame(at: place, holding: id, kind)
        } catch let error where error.code == .damaged || error.code == .missing {
          failure = failure ?? error
          continue
        }
        return try lend(place, of: frame, body)
      }
      let error = failure ?? missing(id, kind)
      // A second look in any case: another process that shares the cache may have brought it up to date.
      guard error.code == .missing, try reading.refresh(since: generation) || isFirst else { throw error }
      isFirst = false
    }
  }

  /// Lends the bytes of a chunk whose place is known; if they can't be had there, those of any other place.
  ///
  /// - Throws: `.missing`, or `.damaged` naming the pack.
  public func withChunk<Result>(
    _ id: ChunkID, kind: ChunkKind, at place: ChunkPlace,
    _ body: (UnsafeRawBufferPointer) throws(RepositoryError) -> Result
  ) throws(RepositoryError) -> Result {
    let frame: DecodedFrame
    do throws(RepositoryError) {
      frame = try self.frame(at: place, holding: id, kind)
    } catch let error where error.code == .damaged || error.code == .missing {
      return try withChunk(id, kind: kind, body)
    }
    return try lend(place, of: frame, body)
  }

  /// Lends the bytes of the first of these chunks, whose places are known; with them, as far as they were prepared, those
  /// of the chunks that follow it in its frame.
  ///
  /// - Returns: how many chunks' bytes were lent, one after another; zero only if there are none.
  /// - Throws: as ``withChunk(_:kind:at:_:)``.
  public func withChunks(
    _ chunks: some Collection<(id: ChunkID, place: ChunkPlace)>, kind: ChunkKind,
    _ body: (UnsafeRawBufferPointer) throws(RepositoryError) -> Void
  ) throws(RepositoryError) -> Int {
    guard let first = chunks.first else { return 0 }
    var end = first.place.range.lowerBound
    let run = chunks.prefix { chunk in
      guard isPrepared(chunk.id, kind, at: chunk.place), chunk.place.range.lowerBound == end else { return false }
      end = chunk.place.range.upperBound
      return true
    }
    guard let checked, run.count > 1 else {
      try withChunk(first.id, kind: kind, at: first.place, body)
      return 1
    }
    try checked.frame.withUnsafeBytes { (bytes) throws(RepositoryError) in
      try body(UnsafeRawBufferPointer(rebasing: bytes[first.place.range.lowerBound..<end]))
    }
    return run.count
  }

  private func isPrepared(_ id: ChunkID, _ kind: ChunkKind, at place: ChunkPlace) -> Bool {
    guard let checked, checked.kind == kind, let chunk = checked.chunks[place.offset] else { return false }
    return chunk.id == id && chunk.place == place
  }

  /// Reads the frame of chunks that are about to be asked for at these places, all in one frame, and checks them
  /// together, which takes less time than one by one.
  ///
  /// What can't be had or is damaged is found when it is asked for.
  public func prepare(_ chunks: [(id: ChunkID, place: ChunkPlace)], kind: ChunkKind) {
    checked = nil
    guard let place = chunks.first?.place, let frame = try? frame(at: place) else { return }
    checked = frame.withUnsafeBytes { bytes in
      let held = chunks.filter { $0.place.frameKey == place.frameKey && $0.place.range.upperBound <= bytes.count }
      let ids = hasher.authenticate(
        held.map { .init(prefix: kind.rawValue, UnsafeRawBufferPointer(rebasing: bytes[$0.place.range])) })
      let good = zip(held, ids).lazy.filter { $0.id == ChunkID($1) }.map { ($0.0.place.offset, $0.0) }
      return CheckedChunks(frame: frame, kind: kind, chunks: Dictionary(good) { first, _ in first })
    }
  }

  /// Whether the copy of a chunk at a location can be read and has the id that it is filed under.
  func isGood(_ id: ChunkID, kind: ChunkKind, at location: ChunkLocation) throws(RepositoryError) -> Bool {
    guard let place = try index.place(of: id, kind: kind, at: location) else { return false }
    do throws(RepositoryError) {
      _ = try frame(at: place, holding: id, kind)
      return true
    } catch let error where error.code == .damaged || error.code == .missing {
      return false
    }
  }

  /// The frame at a place, after checking that the chunk is there.
  private func frame(
    at place: ChunkPlace, holding id: ChunkID, _ kind: ChunkKind
  ) throws(RepositoryError) -> DecodedFrame {
    let frame = try frame(at: place)
    if checked?.frame === frame, isPrepared(id, kind, at: place) { return frame }
    guard place.range.upperBound <= frame.count else { throw try damaged(id, place) }
    let found = try lend(place, of: frame) { ChunkID(hasher.authenticate(prefix: kind.rawValue, $0)) }
    guard found == id else { throw try damaged(id, place) }
    return frame
  }

  private func lend<Result>(
    _ place: ChunkPlace, of frame: DecodedFrame, _ body: (UnsafeRawBufferPointer) throws(RepositoryError) -> Result
  ) throws(RepositoryError) -> Result {
    try frame.withUnsafeBytes { (bytes) throws(RepositoryError) in
      try body(UnsafeRawBufferPointer(rebasing: bytes[place.range]))
    }
  }

  private func missing(_ id: ChunkID, _ kind: ChunkKind) -> RepositoryError {
    RepositoryError(.missing, "\(kind) chunk \(id) is in no index segment; run check")
  }

  /// A chunk's id, for comparing bytes on disk with what is stored.
  public func identify(_ bytes: UnsafeRawBufferPointer, kind: ChunkKind) -> ChunkID {
    ChunkID(hasher.authenticate(prefix: kind.rawValue, bytes))
  }

  private func frame(at place: ChunkPlace) throws(RepositoryError) -> DecodedFrame {
    if let frame = cache.frame(place.frameKey) { return frame }
    guard let pack = try packs.pack(place.pack) else {
      throw RepositoryError(.missing, "a pack vanished from the index while it was read; run the command again")
    }
    let frame = try frames.decoded(Int(place.frame), of: pack)
    cache.insert(frame, place.frameKey)
    return frame
  }

  private func damaged(_ id: ChunkID, _ place: ChunkPlace) throws(RepositoryError) -> RepositoryError {
    let pack = try index.pack(place.pack)?.hex ?? "(gone)"
    return RepositoryError(.damaged, "chunk \(id) in frame \(place.frame) of pack \(pack) is not what its id says")
  }
}
