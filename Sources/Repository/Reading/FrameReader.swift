import Backend
import Compression
import Cryptography
import Format

/// Reads and opens frames, for one thread: contexts and buffers are reused.
final class FrameReader {
  private let context: RepositoryContext
  private let packKeys: PackKeyCache
  private var cipher: AES256GCM?
  private var cipherPack: PackID?
  private var decompressor: Decompressor
  private var opened: [UInt8] = []
  private var window: [UInt8] = []
  private var windowPack: PackID?
  private var windowRange: Range<Int> = 0..<0

  /// Reads begin and end at multiples of this, so that whoever serves them doesn't learn where frames end.
  static let blockLength = 128 << 10

  /// Frames that are about to be read, and are loaded together.
  var run: FrameRun?

  init(context: RepositoryContext, packKeys: PackKeyCache) throws(RepositoryError) {
    self.context = context
    self.packKeys = packKeys
    decompressor = try RepositoryError.wrapping("a decompressor") { () throws(CompressionError) in
      try Decompressor()
    }
  }

  /// The raw bytes of a frame, written into `output`, which is as long as the frame's raw length.
  func read(_ frame: Int, of pack: PackDescription, into output: UnsafeMutableRawBufferPointer) throws(RepositoryError)
  {
    let entry = pack.directory.frames[frame]
    let range = Int(entry.offset)..<Int(entry.offset) + Int(entry.sealedLength)
    try load(range, of: pack)
    try RepositoryError.wrapping("frame \(frame) of pack \(pack.id)") { () throws in
      try window.withUnsafeBytes { window in
        let start = range.lowerBound - windowRange.lowerBound
        let sealed = UnsafeRawBufferPointer(rebasing: window[start..<start + range.count])
        switch entry.codec {
        case .stored:
          guard sealed.count - AES256GCM.tagCount == output.count else {
            throw RepositoryError(
              .damaged, "frame \(frame) of pack \(pack.id) has another length than its directory says")
          }
          try open(sealed, ordinal: UInt32(frame), entry: entry, pack: pack, into: output)
        case .zstd:
          let length = sealed.count - AES256GCM.tagCount
          if opened.count < length { opened = [UInt8](repeating: 0, count: length) }
          try opened.withUnsafeMutableBytes { opened in
            let compressed = UnsafeMutableRawBufferPointer(rebasing: opened[..<length])
            try open(sealed, ordinal: UInt32(frame), entry: entry, pack: pack, into: compressed)
            try decompressor.decompress(UnsafeRawBufferPointer(compressed), into: output)
          }
        }
      }
    }
  }

  /// The raw bytes of a frame, to keep for a while.
  func decoded(_ frame: Int, of pack: PackDescription) throws(RepositoryError) -> DecodedFrame {
    try DecodedFrame(length: Int(pack.directory.frames[frame].rawLength)) { (buffer) throws(RepositoryError) in
      try read(frame, of: pack, into: buffer)
    }
  }

  /// Lends a frame's bytes as they are stored: opened, not decompressed.
  func withStored<Result>(
    _ frame: Int, of pack: PackDescription, _ body: (UnsafeRawBufferPointer) throws(RepositoryError) -> Result
  ) throws(RepositoryError) -> Result {
    let entry = pack.directory.frames[frame]
    let range = Int(entry.offset)..<Int(entry.offset) + Int(entry.sealedLength)
    try load(range, of: pack)
    let length = range.count - AES256GCM.tagCount
    if opened.count < length { opened = [UInt8](repeating: 0, count: length) }
    try RepositoryError.wrapping("frame \(frame) of pack \(pack.id)") { () throws in
      try window.withUnsafeBytes { window in
        let start = range.lowerBound - windowRange.lowerBound
        try opened.withUnsafeMutableBytes { opened in
          try open(
            UnsafeRawBufferPointer(rebasing: window[start..<start + range.count]), ordinal: UInt32(frame), entry: entry,
            pack: pack, into: UnsafeMutableRawBufferPointer(rebasing: opened[..<length]))
        }
      }
    }
    return try opened.withBytes { (bytes) throws(RepositoryError) in
      try body(UnsafeRawBufferPointer(rebasing: bytes[..<length]))
    }
  }

  private func open(
    _ sealed: UnsafeRawBufferPointer, ordinal: UInt32, entry: PackDirectory.FrameEntry, pack: PackDescription,
    into output: UnsafeMutableRawBufferPointer
  ) throws {
    let header = pack.header(in: context.configuration.repository)
    if cipherPack != pack.id {
      cipherPack = nil
      let key = try packKeys.key(of: pack.id, header: header)
      if cipher == nil { cipher = try AES256GCM(key: key) } else { try cipher?.setKey(key) }
      cipherPack = pack.id
    }
    let additionalData = FrameAdditionalData.encode(
      header: header, ordinal: ordinal, codec: entry.codec, rawLength: Int(entry.rawLength))
    try additionalData.withUnsafeBytes { data in
      try cipher?.open(sealed, nonce: UInt64(ordinal), additionalData: data, into: output)
    }
  }

  /// Makes the window cover a range of the pack, widened to whole blocks.
  private func load(_ range: Range<Int>, of pack: PackDescription) throws(RepositoryError) {
    if windowPack == pack.id, windowRange.lowerBound <= range.lowerBound, range.upperBound <= windowRange.upperBound {
      return
    }
    guard range.upperBound <= Int(pack.length) else {
      throw RepositoryError(.damaged, "pack \(pack.id) is shorter than its directory says")
    }
    if let run, run.pack == pack.id, run.range.lowerBound <= range.lowerBound, range.upperBound <= run.range.upperBound
    {
      do throws(RepositoryError) {
        return try fill(run.range, of: pack)
      } catch let error where error.code == .damaged || error.saysUnreadable {
        // The others' frames can't be had; this one perhaps can.
        self.run = nil
      }
    }
    try fill(Self.widened(range, of: pack), of: pack)
  }

  /// The whole blocks of a pack that hold a range.
  static func widened(_ range: Range<Int>, of pack: PackDescription) -> Range<Int> {
    let lower = range.lowerBound / blockLength * blockLength
    return lower..<min(Int(pack.length), (range.upperBound + blockLength - 1) / blockLength * blockLength)
  }

  /// Makes the window these bytes of a pack.
  private func fill(_ range: Range<Int>, of pack: PackDescription) throws(RepositoryError) {
    let count = range.count
    windowPack = nil
    if window.count < count { window = [UInt8](repeating: 0, count: count) }
    try RepositoryError.wrapping("pack \(pack.id)") { () throws(BackendError) in
      let name = try ObjectName(.packs, pack.id.hex)
      try window.withMutableBytes { (buffer) throws(BackendError) in
        try context.backend.read(
          name, at: UInt64(range.lowerBound), into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
      }
    }
    windowPack = pack.id
    windowRange = range
  }
}

extension PackDescription {
  /// The pack's header, as its directory in the index lets it be made again.
  func header(in repository: RepositoryUUID) -> PackHeader {
    PackHeader(kind: kind, repository: repository, ephemeralKey: ephemeralKey, commitment: commitment)
  }
}
