import Backend
import Cryptography
import Format

/// What can still be had of a damaged pack.
struct PackSurvey {
  /// What says where its frames lie: the index or the pack itself. The length is that of the pack as it is now.
  let pack: PackDescription
  /// Which of its chunks can be read and are what their ids say.
  let isGood: [Bool]
  /// Frames of which nothing can be had.
  let badFrames: [UInt32]

  /// Reads a pack frame by frame. Each frame authenticates by itself, so that one which opens is what was stored.
  ///
  /// - Returns: nil if nothing says where frames begin.
  static func take(
    of listed: ListedPack, indexed: PackDescription?, context: RepositoryContext
  ) throws(RepositoryError) -> PackSurvey? {
    var best: PackSurvey?
    if let indexed { best = try PackSurvey(of: indexed, listed, context) }
    if let best, best.badFrames.isEmpty { return best }
    let own: PackDescription
    do throws(RepositoryError) {
      own = try context.describe(listed)
    } catch let error where error.saysDamaged || error.code == .missing {
      return best
    }
    guard own != indexed else { return best }
    let survey = try PackSurvey(of: own, listed, context)
    return survey.goodCount > best?.goodCount ?? -1 ? survey : best
  }

  /// How many chunks can be had.
  var goodCount: Int { isGood.count { $0 } }

  /// Whether the pack is what it was when it was written, and so nothing is wrong with it.
  func isWhole(_ listed: ListedPack, _ context: RepositoryContext) throws(RepositoryError) -> Bool {
    guard badFrames.isEmpty, isGood.allSatisfy(\.self) else { return false }
    var hasher = SHA256Hasher()
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    var position = 0
    while position < Int(listed.length) {
      let count = min(buffer.count, Int(listed.length) - position)
      try RepositoryError.wrapping("pack \(listed.id)") { () throws(BackendError) in
        let name = try ObjectName(.packs, listed.id.hex)
        try buffer.withMutableBytes { (buffer) throws(BackendError) in
          let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
          try context.backend.read(name, at: UInt64(position), into: part)
          hasher.update(UnsafeRawBufferPointer(part))
        }
      }
      position += count
    }
    return PackID(hasher.finalize()) == listed.id
  }

  private init(
    of description: PackDescription, _ listed: ListedPack, _ context: RepositoryContext
  ) throws(RepositoryError) {
    var pack = description
    // What is cut off can't be read, and must not be asked for.
    pack.length = listed.length
    let keys = PackKeyCache(privateKey: try context.privateKey(to: "repair packs"))
    let frames = try FrameReader(context: context, packKeys: keys)
    var hasher = HMACSHA256(key: context.secrets.writerKeys.chunkID)
    var isGood = [Bool](repeating: false, count: pack.directory.chunks.count)
    var badFrames: [UInt32] = []
    for (ordinal, entry) in pack.directory.frames.enumerated() {
      guard let frame = try Self.read(ordinal, of: pack, with: frames) else {
        badFrames.append(UInt32(ordinal))
        continue
      }
      frame.withUnsafeBytes { bytes in
        for index in entry.chunkRange {
          let chunk = pack.directory.chunks[index]
          let bytes = UnsafeRawBufferPointer(rebasing: bytes[chunk.rangeInFrame])
          let id = hasher.authenticate(prefix: chunk.kind.rawValue, bytes)
          isGood[index] = ChunkID(id) == chunk.id
        }
      }
    }
    self.pack = pack
    self.isGood = isGood
    self.badFrames = badFrames
  }

  /// A frame's bytes; nil if they can't be had.
  private static func read(
    _ ordinal: Int, of pack: PackDescription, with frames: FrameReader
  ) throws(RepositoryError) -> DecodedFrame? {
    do throws(RepositoryError) {
      return try RepositoryError.rereading(PackRepair.attempts) { () throws(RepositoryError) in
        try frames.decoded(ordinal, of: pack)
      }
    } catch let error where error.saysDamaged || error.code == .missing || error.saysUnreadable {
      return nil
    }
  }
}
