import Cryptography
import Format
import LMDB

/// A pack's description as it lies in the cache: everything at a fixed place, so that a chunk is found without decoding
/// the others.
struct CachedPack {
  // Where the fields lie: id, length, public key, commitment, kind, counts; then the frames, then the chunks.
  private static let lengthOffset = 32
  private static let keyOffset = 40
  private static let commitmentOffset = 72
  private static let kindOffset = 104
  private static let frameCountOffset = 108
  private static let chunkCountOffset = 112
  private static let headLength = 116
  // Sealed length, raw length, chunk count, codec.
  private static let frameLength = 16
  // Id, length, offset in the frame, frame and kind.
  private static let chunkLength = 44

  private let bytes: UnsafeRawBufferPointer
  private let number: PackNumber
  private let frameCount: Int
  let chunkCount: Int

  /// - Throws: if it isn't as long as it should be.
  init(_ bytes: UnsafeRawBufferPointer, number: PackNumber) throws(LMDBError) {
    guard bytes.count >= Self.headLength else { throw .damagedPack(number) }
    self.bytes = bytes
    self.number = number
    frameCount = Int(Self.load(bytes, Self.frameCountOffset))
    chunkCount = Int(Self.load(bytes, Self.chunkCountOffset))
    guard bytes.count == Self.headLength + frameCount * Self.frameLength + chunkCount * Self.chunkLength else {
      throw .damagedPack(number)
    }
  }

  var id: PackID { PackID(digest(at: 0)) }

  /// Whether this chunk, of this kind if one is given, stands at an ordinal.
  func holds(_ id: ChunkID, _ kind: ChunkKind?, at ordinal: UInt32) throws(LMDBError) -> Bool {
    guard ordinal < chunkCount else { return false }
    let chunk = try chunk(Int(ordinal))
    return chunk.id == id && (kind == nil || chunk.kind == kind)
  }

  /// What stands at an ordinal, if it is this chunk.
  func place(of id: ChunkID, kind: ChunkKind, at ordinal: UInt32) throws(LMDBError) -> ChunkPlace? {
    guard try holds(id, kind, at: ordinal) else { return nil }
    let chunk = try chunk(Int(ordinal))
    return ChunkPlace(pack: number, frame: chunk.frame, offset: chunk.offset, length: chunk.length)
  }

  /// All of it.
  func description() throws(LMDBError) -> PackDescription {
    guard let kind = PackKind(rawValue: bytes[Self.kindOffset]) else { throw .damagedPack(number) }
    var directory = PackDirectory()
    var next = 0
    for ordinal in 0..<frameCount {
      let offset = Self.headLength + ordinal * Self.frameLength
      let sealedLength = Int(Self.load(bytes, offset))
      let rawLength = Int(Self.load(bytes, offset + 4))
      let end = next + Int(Self.load(bytes, offset + 8))
      guard let codec = Codec(rawValue: UInt8(truncatingIfNeeded: Self.load(bytes, offset + 12))), end <= chunkCount,
        end > next, ordinal < Limits.framesPerPack, sealedLength <= Limits.sealedFrameLength,
        codec == .stored
          ? sealedLength == rawLength + AES256GCM.tagCount : sealedLength > AES256GCM.tagCount,
        directory.framesEnd + sealedLength <= Limits.packLength
      else { throw .damagedPack(number) }
      var chunks: [(id: ChunkID, kind: ChunkKind, length: Int)] = []
      chunks.reserveCapacity(end - next)
      var length = 0
      for index in next..<end {
        let chunk = try chunk(index)
        guard kind.holds(chunk.kind) else { throw .damagedPack(number) }
        chunks.append((chunk.id, chunk.kind, Int(chunk.length)))
        length += Int(chunk.length)
      }
      guard length == rawLength, rawLength <= Limits.chunkLength else { throw .damagedPack(number) }
      directory.appendFrame(sealedLength: sealedLength, codec: codec, chunks: chunks)
      next = end
    }
    let length = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: Self.lengthOffset, as: UInt64.self))
    guard next == chunkCount, length <= UInt64(Limits.packLength) else { throw .damagedPack(number) }
    return PackDescription(
      id: id, length: length, kind: kind, ephemeralKey: digest(at: Self.keyOffset),
      commitment: digest(at: Self.commitmentOffset), directory: directory)
  }

  /// A description as it is put into the cache.
  static func encode(_ pack: PackDescription) -> [UInt8] {
    let directory = pack.directory
    var bytes: [UInt8] = []
    bytes.reserveCapacity(
      headLength + directory.frames.count * frameLength + directory.chunks.count * chunkLength)
    pack.id.digest.withUnsafeBytes { bytes.append(contentsOf: $0) }
    withUnsafeBytes(of: pack.length.littleEndian) { bytes.append(contentsOf: $0) }
    pack.ephemeralKey.withUnsafeBytes { bytes.append(contentsOf: $0) }
    pack.commitment.withUnsafeBytes { bytes.append(contentsOf: $0) }
    for value in [UInt32(pack.kind.rawValue), UInt32(directory.frames.count), UInt32(directory.chunks.count)] {
      append(value, to: &bytes)
    }
    for frame in directory.frames {
      for value in [frame.sealedLength, frame.rawLength, frame.chunkCount, UInt32(frame.codec.rawValue)] {
        append(value, to: &bytes)
      }
    }
    for chunk in directory.chunks {
      chunk.id.digest.withUnsafeBytes { bytes.append(contentsOf: $0) }
      append(chunk.length, to: &bytes)
      append(chunk.offsetInFrame, to: &bytes)
      append(chunk.frame << 2 | UInt32(chunk.kind.rawValue), to: &bytes)
    }
    return bytes
  }

  private func chunk(
    _ ordinal: Int
  ) throws(LMDBError) -> (id: ChunkID, kind: ChunkKind, frame: UInt32, offset: UInt32, length: UInt32) {
    let start = Self.headLength + frameCount * Self.frameLength + ordinal * Self.chunkLength
    let length = Self.load(bytes, start + 32)
    let frameAndKind = Self.load(bytes, start + 40)
    guard let kind = ChunkKind(rawValue: UInt8(frameAndKind & 3)), frameAndKind >> 2 < frameCount,
      length > 0, length <= UInt32(Limits.chunkLength)
    else { throw .damagedPack(number) }
    return (ChunkID(digest(at: start)), kind, frameAndKind >> 2, Self.load(bytes, start + 36), length)
  }

  private func digest(at offset: Int) -> Digest256 {
    Digest256(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + Digest256.byteCount]))
  }

  private static func load(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt32 {
    UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  private static func append(_ value: UInt32, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }
}

extension LMDBError {
  fileprivate static func damagedPack(_ number: PackNumber) -> LMDBError {
    .cacheDamaged("pack number \(number.value)")
  }
}
