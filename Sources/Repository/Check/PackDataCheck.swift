import Compression
import Cryptography
import Format

/// Checks pieces of packs, for one worker: each frame is opened in place, decompressed and hashed, each once.
final class PackDataCheck {
  private let feed: PackFeed
  private let log: CheckLog
  private let repository: RepositoryUUID
  private var cipher: AES256GCM?
  private var cipherPack: PackID?
  private var decompressor: Decompressor
  private var hasher: HMACSHA256
  private var window: [UInt8] = []
  private var raw: [UInt8] = []

  init(feed: PackFeed, context: RepositoryContext, log: CheckLog) throws(RepositoryError) {
    self.feed = feed
    self.log = log
    repository = context.configuration.repository
    hasher = HMACSHA256(key: context.secrets.writerKeys.chunkID)
    decompressor = try RepositoryError.wrapping("a decompressor") { () throws(CompressionError) in
      try Decompressor()
    }
  }

  /// Works until nothing is left or the check is stopped.
  func run(isStopped: () -> Bool) throws(RepositoryError) {
    while !isStopped(), let piece = try feed.next(into: &window) {
      check(piece)
      piece.pack.endPiece(log)
    }
  }

  private func check(_ piece: PackPiece) {
    let pack = piece.pack
    guard let description = pack.description, let key = pack.key else { return }
    let header = description.header(in: repository)
    do {
      try setKey(key, of: pack.id)
    } catch {
      for frame in piece.frames { pack.report(frame: frame, "\(error)") }
      return
    }
    window.withMutableBytes { window in
      let start = piece.framesStart
      if piece.frames.lowerBound == 0, start == PackHeader.length, !window[..<start].elementsEqual(header.encode()) {
        pack.report("its header is not what the index says")
      }
      var position = start
      for frame in piece.frames {
        let entry = description.directory.frames[frame]
        let sealed = UnsafeMutableRawBufferPointer(rebasing: window[position..<position + Int(entry.sealedLength)])
        position += sealed.count
        do {
          try check(frame, sealed, entry: entry, description: description, header: header)
        } catch {
          pack.report(frame: frame, "frame \(frame): \(error)")
        }
      }
      if let tail = piece.tail {
        let rest = UnsafeMutableRawBufferPointer(rebasing: window[tail..<piece.length])
        checkTail(rest, pack: pack, description: description, header: header)
      }
    }
  }

  private func check(
    _ frame: Int, _ sealed: UnsafeMutableRawBufferPointer, entry: PackDirectory.FrameEntry,
    description: PackDescription, header: PackHeader
  ) throws {
    let additionalData = FrameAdditionalData.encode(
      header: header, ordinal: UInt32(frame), codec: entry.codec, rawLength: Int(entry.rawLength))
    try additionalData.withUnsafeBytes { data in
      try cipher?.open(UnsafeRawBufferPointer(sealed), nonce: UInt64(frame), additionalData: data, into: sealed)
    }
    let opened = UnsafeRawBufferPointer(rebasing: sealed[..<(sealed.count - AES256GCM.tagCount)])
    switch entry.codec {
    case .stored:
      try checkChunks(of: entry, in: opened, description: description)
    case .zstd:
      let length = Int(entry.rawLength)
      if raw.count < length { raw = [UInt8](repeating: 0, count: length) }
      try raw.withUnsafeMutableBytes { raw in
        let output = UnsafeMutableRawBufferPointer(rebasing: raw[..<length])
        try decompressor.decompress(opened, into: output)
        try checkChunks(of: entry, in: UnsafeRawBufferPointer(output), description: description)
      }
    }
  }

  private func checkChunks(
    of entry: PackDirectory.FrameEntry, in raw: UnsafeRawBufferPointer, description: PackDescription
  ) throws(RepositoryError) {
    let chunks = description.directory.chunks[entry.chunkRange]
    let messages = try chunks.map { (chunk) throws(RepositoryError) -> HMACSHA256.Message in
      let range = chunk.rangeInFrame
      guard range.upperBound <= raw.count else {
        throw RepositoryError(.damaged, "chunk \(chunk.id) reaches beyond its frame")
      }
      return HMACSHA256.Message(prefix: chunk.kind.rawValue, UnsafeRawBufferPointer(rebasing: raw[range]))
    }
    for (chunk, id) in zip(chunks, hasher.authenticate(messages)) where ChunkID(id) != chunk.id {
      throw RepositoryError(.damaged, "\(chunk.kind) chunk \(chunk.id) is not what its id says")
    }
  }

  private func checkTail(
    _ tail: UnsafeMutableRawBufferPointer, pack: OpenPack, description: PackDescription, header: PackHeader
  ) {
    do {
      let directoryLength = tail.count - PackFooter.length
      guard directoryLength > 0 else { throw RepositoryError(.damaged, "the pack ends too early") }
      let footer = try PackFooter.decode(Array(tail[directoryLength...]), packLength: UInt64(pack.length))
      guard footer.directoryOffset == description.directory.framesEnd else {
        throw RepositoryError(.damaged, "the footer does not say where the frames end")
      }
      let sealed = UnsafeMutableRawBufferPointer(rebasing: tail[..<directoryLength])
      guard try cipher?.openDirectory(sealed, header: header) == description.directory else {
        throw RepositoryError(.damaged, "the index describes other frames or chunks than the pack itself")
      }
    } catch {
      pack.report("its directory: \(error)")
    }
  }

  private func setKey(_ key: SecretBytes, of pack: PackID) throws(CryptographyError) {
    guard cipherPack != pack else { return }
    cipherPack = nil
    if cipher == nil { cipher = try AES256GCM(key: key) } else { try cipher?.setKey(key) }
    cipherPack = pack
  }
}
