import Backend
import Cryptography
import ErasureCoding
import Format

/// Writes one pack: header, sealed frames, sealed directory, footer. One thread at a time.
///
/// Workers hand it to each other, which is why it is declared sendable; at any time one thread owns it.
///
/// Nothing is ever sealed twice under one ordinal of one pack: a pack that fails is dropped with its key.
final class PackWriter: @unchecked Sendable {
  // The most bytes that parts of a directory take: an id with a varint, three varints with a byte, and a varint.
  private static let chunkEntryBound = 32 + 5
  private static let frameEntryBound = 3 * 5 + 1
  private static let frameCountBound = 5
  // Keeps the padded directory, and the index segment that repeats it, far below their limits.
  private static let directoryLimit = 16 << 20

  private let context: RepositoryContext
  private let packKey: PackKey
  private let upload: any Upload
  private var cipher: AES256GCM
  private var hasher = SHA256Hasher()
  private var parity: StripeEncoder?
  private var directory = PackDirectory()
  private var sealed: [UInt8] = []

  init(kind: PackKind, context: RepositoryContext) throws(RepositoryError) {
    let packKey = try RepositoryError.wrapping("a new pack's key") { () throws(CryptographyError) in
      try PackKey.generate(
        kind: kind, repository: context.configuration.repository, publicKey: context.publicKey,
        secret: context.execution.packSecret())
    }
    self.context = context
    self.packKey = packKey
    parity = context.parityEncoder()
    cipher = try RepositoryError.wrapping("a new pack's key") { () throws(CryptographyError) in
      try AES256GCM(key: packKey.key)
    }
    upload = try RepositoryError.wrapping("a new pack") { () throws(BackendError) in
      try context.backend.beginUpload(to: .packs)
    }
    try packKey.header.encode().withBytes { (bytes) throws(RepositoryError) in try write(bytes) }
  }

  var kind: PackKind { packKey.header.kind }

  /// The pack's length if it were finished now without padding, but for the directory's entries.
  var framesEnd: Int { directory.framesEnd }

  var frameCount: Int { directory.frames.count }

  /// Whether another frame of `storedLength` fits: whether the finished pack stays within `target`, counting the
  /// directory. The first frame always fits.
  func hasRoom(forFrameOf storedLength: Int, chunkCount: Int, target: Int) -> Bool {
    guard frameCount > 0 else { return true }
    let directoryBound =
      Self.frameCountBound + (directory.chunks.count + chunkCount) * Self.chunkEntryBound
      + (frameCount + 1) * Self.frameEntryBound
    guard directoryBound <= Self.directoryLimit else { return false }
    return framesEnd + storedLength + 2 * AES256GCM.tagCount + directoryBound + PackFooter.length <= target
  }

  /// Seals and stores a frame.
  func append(_ frame: PreparedFrame) throws(RepositoryError) {
    let ordinal = UInt32(frameCount)
    try seal(frame.stored, ordinal: ordinal, codec: frame.codec, rawLength: frame.rawLength)
    directory.appendFrame(
      sealedLength: frame.stored.count + AES256GCM.tagCount, codec: frame.codec,
      chunks: frame.chunks.lazy.map { (id: $0.id, kind: $0.kind, length: $0.length) })
  }

  /// Gives back the memory that frames were sealed in: none comes any more.
  func releaseBuffer() { sealed = [] }

  /// Publishes the pack, then its parity. When it returns, both are on stable storage.
  func finish() throws(RepositoryError) -> PackDescription {
    let framesEnd = directory.framesEnd
    let plainLength = PackLength.directoryLength(framesEnd: framesEnd, unpadded: directory.encode().count)
    let plaintext = directory.encode(paddedTo: plainLength)
    try plaintext.withBytes { (bytes) throws(RepositoryError) in
      try seal(bytes, ordinal: FrameAdditionalData.directoryOrdinal, codec: .stored, rawLength: bytes.count)
    }
    let directoryLength = plainLength + AES256GCM.tagCount
    try PackFooter(directoryOffset: framesEnd, directoryLength: directoryLength).encode()
      .withBytes { (bytes) throws(RepositoryError) in try write(bytes) }
    var finished = SHA256Hasher()
    swap(&finished, &hasher)
    let id = PackID(finished.finalize())
    let name = try ObjectName.pack(id)
    do throws(BackendError) {
      _ = try upload.commit(as: name)
    } catch let error where error.code == .uploadRemoved {
      // Its bytes are gone, so what was stored in it has to be stored again.
      throw RepositoryError(
        .fenced, "a prune took this session for dead and removed an unfinished pack; start it again", cause: error)
    } catch {
      throw RepositoryError(error, context: "pack \(id)")
    }
    if let parity = parity.take() { try context.publish(parity.finish(), of: name) }
    return PackDescription(
      id: id, length: UInt64(framesEnd + directoryLength + PackFooter.length), kind: kind,
      ephemeralKey: packKey.header.ephemeralKey, commitment: packKey.header.commitment, directory: directory)
  }

  private func seal(
    _ plaintext: UnsafeRawBufferPointer, ordinal: UInt32, codec: Codec, rawLength: Int
  ) throws(RepositoryError) {
    let needed = plaintext.count + AES256GCM.tagCount
    if sealed.count < needed { sealed = [UInt8](repeating: 0, count: needed) }
    let additionalData = FrameAdditionalData.encode(
      header: packKey.header, ordinal: ordinal, codec: codec, rawLength: rawLength)
    try RepositoryError.wrapping("frame \(ordinal) of a new pack") { () throws(CryptographyError) in
      try sealed.withMutableBytes { (output) throws(CryptographyError) in
        try additionalData.withBytes { (data) throws(CryptographyError) in
          try cipher.seal(plaintext, nonce: UInt64(ordinal), additionalData: data, into: output)
        }
      }
    }
    try sealed.withBytes { (bytes) throws(RepositoryError) in
      try write(UnsafeRawBufferPointer(rebasing: bytes[..<needed]))
    }
  }

  private func write(_ bytes: UnsafeRawBufferPointer) throws(RepositoryError) {
    hasher.update(bytes)
    parity?.append(bytes)
    try RepositoryError.wrapping("a new pack") { () throws(BackendError) in try upload.append(bytes) }
  }
}
