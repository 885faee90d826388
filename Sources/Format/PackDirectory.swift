/// What a pack holds and where: its frames, and their chunks in order.
public struct PackDirectory: Hashable, Sendable {
  /// Where a frame lies in its pack.
  public struct FrameEntry: Hashable, Sendable {
    /// Where the sealed frame begins in the pack.
    public let offset: UInt32
    /// The sealed length, the tag included.
    public let sealedLength: UInt32
    /// The length of the frame's chunks together.
    public let rawLength: UInt32
    /// The index of its first chunk among the directory's chunks.
    public let firstChunk: UInt32
    /// How many chunks it holds, at least one.
    public let chunkCount: UInt32
    /// How the chunks are stored.
    public let codec: Codec

    /// The frame's chunks among those of the directory.
    public var chunkRange: Range<Int> { Int(firstChunk)..<Int(firstChunk) + Int(chunkCount) }
  }

  /// Where a chunk lies in its frame.
  public struct ChunkEntry: Hashable, Sendable {
    /// The chunk's id.
    public let id: ChunkID
    /// Its length in bytes.
    public let length: UInt32
    /// Where it begins in the raw bytes of its frame.
    public let offsetInFrame: UInt32
    /// The ordinal of its frame.
    public let frame: UInt32
    /// What it holds.
    public let kind: ChunkKind

    /// Where it lies in the raw bytes of its frame.
    public var rangeInFrame: Range<Int> { Int(offsetInFrame)..<Int(offsetInFrame) + Int(length) }
  }

  /// The frames by ordinal; they follow one another from the pack's header on.
  public private(set) var frames: [FrameEntry] = []
  /// The chunks, frame by frame.
  public private(set) var chunks: [ChunkEntry] = []

  /// Where the last frame ends in the pack, and the sealed directory begins.
  public private(set) var framesEnd = PackHeader.length

  /// A directory without frames.
  public init() {}

  /// Adds the frame that was sealed to `sealedLength` bytes behind the last one.
  ///
  /// It has at least one chunk; chunks and the frame are within `Limits`.
  public mutating func appendFrame(
    sealedLength: Int, codec: Codec, chunks added: some Sequence<(id: ChunkID, kind: ChunkKind, length: Int)>
  ) {
    precondition(frames.count < Limits.framesPerPack, "a pack has at most \(Limits.framesPerPack) frames")
    precondition(framesEnd + sealedLength <= Limits.packLength, "a pack has at most \(Limits.packLength) bytes")
    let first = chunks.count
    var rawLength = 0
    for chunk in added {
      precondition(chunk.length > 0, "a chunk is not empty")
      chunks.append(
        ChunkEntry(
          id: chunk.id, length: UInt32(chunk.length), offsetInFrame: UInt32(rawLength), frame: UInt32(frames.count),
          kind: chunk.kind))
      rawLength += chunk.length
    }
    precondition(chunks.count > first, "a frame has a chunk")
    precondition(rawLength <= Limits.chunkLength, "a frame has at most \(Limits.chunkLength) raw bytes")
    frames.append(
      FrameEntry(
        offset: UInt32(framesEnd), sealedLength: UInt32(sealedLength), rawLength: UInt32(rawLength),
        firstChunk: UInt32(first), chunkCount: UInt32(chunks.count - first), codec: codec))
    framesEnd += sealedLength
  }

  // An id and one byte of length and kind.
  private static let leastChunkSize = 33
  private static let leastFrameSize = 4

  mutating func decodeFrames(from reader: inout ByteReader) throws(FormatError) {
    let count = Int(try reader.varint("frame count", atMost: UInt64(Limits.framesPerPack)))
    guard count <= reader.remaining / Self.leastFrameSize else { throw reader.truncated("frames") }
    frames.reserveCapacity(count)
    var firstChunk = 0
    for _ in 0..<count {
      let sealed = Int(try reader.varint("sealed length", atMost: UInt64(Limits.sealedFrameLength)))
      let raw = Int(try reader.varint("raw length", atMost: UInt64(Limits.chunkLength)))
      let codec = try reader.codec("codec")
      let chunks = try reader.count("chunk count", elementsOfAtLeast: Self.leastChunkSize)
      guard chunks > 0 else { throw reader.malformed("chunk count", "a frame without chunks") }
      let fits = codec == .stored ? sealed == raw + PackLength.tagLength : sealed > PackLength.tagLength
      guard fits else { throw reader.malformed("sealed length", "does not fit the raw length") }
      guard framesEnd + sealed <= Limits.packLength else { throw reader.above(UInt64(Limits.packLength), "frames") }
      frames.append(
        FrameEntry(
          offset: UInt32(framesEnd), sealedLength: UInt32(sealed), rawLength: UInt32(raw),
          firstChunk: UInt32(firstChunk), chunkCount: UInt32(chunks), codec: codec))
      framesEnd += sealed
      firstChunk += chunks
      guard firstChunk <= reader.remaining / Self.leastChunkSize else { throw reader.truncated("chunks") }
    }
    chunks.reserveCapacity(firstChunk)
  }

  mutating func decodeChunks(from reader: inout ByteReader, kind: PackKind?) throws(FormatError) {
    for (ordinal, frame) in frames.enumerated() {
      var offset = 0
      for _ in 0..<frame.chunkCount {
        let chunk = try Self.chunk(from: &reader, frame: ordinal, offset: offset)
        guard kind?.holds(chunk.kind) ?? true else { throw reader.malformed("chunk kind", "not the pack's") }
        offset += Int(chunk.length)
        guard offset <= Int(frame.rawLength) else { break }
        chunks.append(chunk)
      }
      guard offset == Int(frame.rawLength) else {
        throw reader.malformed("chunk lengths", "do not add up to the frame's raw length")
      }
    }
  }

  private static func chunk(
    from reader: inout ByteReader, frame: Int, offset: Int
  ) throws(FormatError) -> ChunkEntry {
    let id: ChunkID = try reader.id("chunk id")
    let value = try reader.varint("chunk length and kind")
    guard let kind = ChunkKind(rawValue: UInt8(value & 3)) else { throw reader.unsupported("chunk kind", "0") }
    let length = value >> 2
    guard length > 0 else { throw reader.malformed("chunk length", "0") }
    guard length <= UInt64(Limits.chunkLength) else { throw reader.above(UInt64(Limits.chunkLength), "chunk length") }
    return ChunkEntry(
      id: id, length: UInt32(length), offsetInFrame: UInt32(offset), frame: UInt32(frame), kind: kind)
  }
}
