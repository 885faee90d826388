import FileSystem
import Glibc

/// An upload to a volume. What is small stays in memory until it is committed; the rest is written to extents that the upload
/// has set aside, and that are claimed as long as this process lives.
final class BlockDeviceUpload: Upload {
  /// So much is kept in memory, and written at a time.
  private static let bufferSize = 1 << 20
  /// So many blocks are set aside at first, and so many more at most: the same again each time.
  private static let firstBlocks: UInt64 = 1_024
  private static let mostMoreBlocks: UInt64 = 16_384
  /// So often is writing back begun, to keep the flush at the end short and the dirty pages few.
  private static let writeBackInterval: UInt64 = 8 << 20

  private(set) var length: UInt64 = 0

  private let backend: BlockDeviceBackend
  private let area: ObjectArea
  private var buffer: [UInt8] = []
  private var staging: Staging?
  private var failure: BackendError?
  private var isEnded = false

  /// What is written before the commit.
  private struct Staging {
    let id: VolumeUploadID
    let device: OpenDevice
    var extents: [Extent]
    /// Whether the device has the lock that keeps others from them.
    var isClaimed = true
    /// How many bytes are in them: whole blocks.
    var written: UInt64 = 0
    var writeBackStart: UInt64 = 0
  }

  init(in backend: BlockDeviceBackend, area: ObjectArea) {
    self.backend = backend
    self.area = area
  }

  deinit {
    discard()
  }

  private var volume: Volume { backend.volume }

  func append(_ bytes: UnsafeRawBufferPointer) throws(BackendError) {
    if let failure { throw failure }
    precondition(!isEnded, "the upload was committed")
    length += UInt64(bytes.count)
    var rest = bytes
    do throws(BackendError) {
      while buffer.count + rest.count > Self.bufferSize {
        let count = Self.bufferSize - buffer.count
        buffer.append(contentsOf: UnsafeRawBufferPointer(rebasing: rest[..<count]))
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        try stage()
      }
    } catch {
      throw fail(error)
    }
    if buffer.capacity < rest.count { buffer.reserveCapacity(Self.bufferSize) }
    buffer.append(contentsOf: rest)
  }

  func commit(as name: ObjectName) throws(BackendError) -> CommitOutcome {
    try commit(name, "publish") { (backend, journal, bytes) throws(BackendError) in
      let volume = backend.volume
      if try volume.known({ (view) throws(BackendError) in view.catalogue.entry(of: name) != nil }) {
        try journal.append(bytes.unstaging, to: volume)
        // Its publisher may not have come to this flush yet, and never will if it dies now.
        try journal.flush(volume)
        return .alreadyExists
      }
      let stored = try bytes.stored(by: &journal, volume)
      try journal.append(bytes.unstaging + [.put(name, stored)], to: volume)
      try journal.flush(volume)
      return .created
    }
  }

  func commit(replacing name: ObjectName) throws(BackendError) -> String {
    try commit(name, "replace by its repaired form") { (backend, journal, bytes) throws(BackendError) in
      let volume = backend.volume
      let stored = try bytes.stored(by: &journal, volume)
      let (changes, kept) = try backend.keeping(name)
      try journal.append(bytes.unstaging + changes + [.put(name, stored)], to: volume)
      try journal.flush(volume)
      return kept
    }
  }

  /// Has `body` publish the bytes while the volume is locked.
  private func commit<Result: Sendable>(
    _ name: ObjectName, _ action: StaticString,
    _ body: (BlockDeviceBackend, inout VolumeJournal, CommittedBytes) throws(BackendError) -> Result
  ) throws(BackendError) -> Result {
    precondition(name.area == area, "begun for another area")
    if let failure { throw failure }
    precondition(!isEnded, "the upload was committed")
    do throws(BackendError) {
      if staging != nil, !buffer.isEmpty { try stage() }
      try flushStaged()
      let bytes = try committedBytes()
      let result = try backend.changing(name, action) { (journal) throws(BackendError) in
        if let id = bytes.upload { try requireStanding(id) }
        let result = try body(backend, &journal, bytes)
        releaseClaim()
        return result
      }
      isEnded = true
      buffer = []
      letGo()
      return result
    } catch {
      throw fail(error)
    }
  }

  private func committedBytes() throws(BackendError) -> CommittedBytes {
    guard let staging else { return CommittedBytes(small: buffer) }
    let used = staging.extents.split(after: VolumeLayout.blocks(length)).head
    return CommittedBytes(upload: staging.id, stored: StoredBytes(length: length, extents: used))
  }

  // MARK: Staging

  /// Writes what is in the buffer to the upload's extents.
  private func stage() throws(BackendError) {
    let blocks = VolumeLayout.blocks(UInt64(buffer.count))
    buffer.append(contentsOf: repeatElement(0, count: Int(blocks) * VolumeLayout.blockSize - buffer.count))
    try reserve(blocks)
    guard var staging else { preconditionFailure("nothing is reserved") }
    try buffer.withUnsafeBufferPointer { (bytes) throws(BackendError) in
      try write(UnsafeRawBufferPointer(bytes), &staging)
    }
    self.staging = staging
    buffer.removeAll(keepingCapacity: true)
  }

  private func write(_ bytes: UnsafeRawBufferPointer, _ staging: inout Staging) throws(BackendError) {
    let device = staging.device
    let before = staging.written / UInt64(VolumeLayout.blockSize)
    var rest = bytes
    for extent in staging.extents.split(after: before).tail where !rest.isEmpty {
      let count = min(rest.count, Int(extent.count) * VolumeLayout.blockSize)
      let offset = Int64(extent.start) * Int64(VolumeLayout.blockSize)
      try BackendError.mapping("can't write to \(volume.path) at \(offset)") { () throws(FileSystemError) in
        try device.storage.write(UnsafeRawBufferPointer(rebasing: rest[..<count]), at: offset)
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
    staging.written += UInt64(bytes.count)
    if staging.written - staging.writeBackStart >= Self.writeBackInterval { try startWritingBack(&staging) }
  }

  private func startWritingBack(_ staging: inout Staging) throws(BackendError) {
    let device = staging.device
    let size = UInt64(VolumeLayout.blockSize)
    let tail = staging.extents.split(after: staging.writeBackStart / size).tail
    let extents = tail.split(after: (staging.written - staging.writeBackStart) / size).head
    try BackendError.mapping("can't write to \(volume.path)") { () throws(FileSystemError) in
      for extent in extents {
        try device.storage.startWritingBack(Int64(extent.start * size)..<Int64(extent.end * size))
      }
    }
    staging.writeBackStart = staging.written
  }

  /// Sets aside what `blocks` more need.
  private func reserve(_ blocks: UInt64) throws(BackendError) {
    let size = UInt64(VolumeLayout.blockSize)
    let has = staging?.extents.blockCount ?? 0
    let needs = (staging?.written ?? 0) / size + blocks
    guard needs > has else { return }
    let known = staging
    let device = if let known { known.device } else { try volume.takeDevice() }
    let id = known?.id ?? .random()
    let extents = try volume.changing { (journal) throws(BackendError) in
      if known != nil { try requireStanding(id) }
      let old = known?.extents ?? []
      let more = try journal.allocate(
        min(max(has, Self.firstBlocks), Self.mostMoreBlocks), least: needs - has, after: old.last?.end,
        limit: VolumeLayout.mostExtents - old.count, on: volume)
      let extents = old.joined(with: more)
      if known == nil {
        // Before anybody can know of the upload.
        let isClaimed = try BackendError.mapping("can't lock \(volume.path)") { () throws(FileSystemError) in
          try device.storage.claim(Volume.claim(of: extents))
        }
        guard isClaimed else {
          throw BackendError(code: .io, message: "somebody holds free blocks of \(volume.path); try again")
        }
      }
      // Not flushed: after a loss of power nobody misses it.
      try journal.append([.stage(id, time: Int64(time(nil)), extents)], to: volume)
      return extents
    }
    staging = staging ?? Staging(id: id, device: device, extents: extents)
    staging?.extents = extents
  }

  private func requireStanding(_ id: VolumeUploadID) throws(BackendError) {
    let staged = try volume.known { (view) throws(BackendError) in view.catalogue.staged[id] }
    guard let staged, !staged.isAbandoned else {
      throw BackendError(
        code: .uploadRemoved,
        message: "somebody took an upload to \(volume.path) for one that was cut off and removed it")
    }
  }

  private func flushStaged() throws(BackendError) {
    guard let device = staging?.device else { return }
    try BackendError.mapping("can't flush an upload to \(volume.path)") { () throws(FileSystemError) in
      try device.storage.flush()
    }
  }

  // MARK: Ending

  private func fail(_ error: BackendError) -> BackendError {
    failure = error
    discard()
    return error
  }

  /// Gives back what was set aside. What can't be given back now is found by `listStagedUploads` later.
  private func discard() {
    buffer = []
    guard let id = staging?.id else { return }
    try? volume.changing { (journal) throws(BackendError) in
      let isThere = try volume.known { (view) throws(BackendError) in view.catalogue.staged[id] != nil }
      if isThere { try journal.append([.unstage(id)], to: volume) }
      releaseClaim()
    }
    letGo()
  }

  /// For whoever has the device locked: blocks that are free are claimed by nobody.
  private func releaseClaim() {
    guard let claimed = staging else { return }
    do throws(FileSystemError) {
      try claimed.device.storage.release(Volume.claim(of: claimed.extents))
      staging?.isClaimed = false
    } catch {
      // It ends when the device is closed.
    }
  }

  private func letGo() {
    guard let ended = staging else { return }
    staging = nil
    if failure == nil, !ended.isClaimed { volume.giveBack(ended.device) }
  }
}

/// What a commit publishes: bytes in memory, or extents that were written and flushed.
private struct CommittedBytes {
  var upload: VolumeUploadID?
  private var small: [UInt8] = []
  private var written: StoredBytes?

  init(small: [UInt8]) { self.small = small }

  init(upload: VolumeUploadID, stored: StoredBytes) {
    self.upload = upload
    written = stored
  }

  /// What ends the upload, if anything was set aside for it.
  var unstaging: [VolumeChange] { upload.map { [.unstage($0)] } ?? [] }

  /// Where the bytes are, on stable storage.
  func stored(by journal: inout VolumeJournal, _ volume: Volume) throws(BackendError) -> StoredBytes {
    if let written { return written }
    let blocks = VolumeLayout.blocks(UInt64(small.count))
    let extents = try journal.allocate(blocks, least: blocks, limit: VolumeLayout.mostExtents, on: volume)
    if blocks > 0 {
      try small.withUnsafeBufferPointer { (bytes) throws(BackendError) in
        try journal.write(UnsafeRawBufferPointer(bytes), to: extents, of: volume)
      }
      try journal.flush(volume)
    }
    return StoredBytes(length: UInt64(small.count), extents: extents)
  }
}
