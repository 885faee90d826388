import FileSystem

/// What a process knows of a volume: its catalogue as of a place in its log.
///
/// It is brought up to date without any lock. Records count only when they are whole and follow on the one before, and the log
/// is where the superblocks say that it is; they are looked at after the log, so what was found is what stood.
struct VolumeView: Sendable {
  private(set) var superblock: VolumeSuperblock
  private(set) var catalogue: Catalogue
  /// Where the next record will be.
  private(set) var position: LogRecord.Position
  /// Where the first record is that somebody else wrote and that was not looked for in both copies since. After a loss of power
  /// each from there on may stand in one of them only.
  var firstForeignRecord: LogRecord.Position?
  /// Whether removals were seen that nobody may have flushed: they may yet be undone.
  var hasUnflushedRemovals = true
  /// How the two superblocks began.
  private var slotHeads: [[UInt8]]
}

extension VolumeView {
  /// Reads the superblocks and the log.
  ///
  /// - Parameter serial: as for a catalogue.
  /// - Throws: `.volumeMissing` if there is no volume, `.damagedLayout`, `.notSupported` or `.io`.
  init(of storage: borrowing BlockStorage, serial: UInt64 = 0) throws(BackendError) {
    while true {
      let heads = try Self.slotHeads(storage)
      let superblock = try Self.newestSuperblock(storage)
      var view = try VolumeView(superblock, heads, serial: serial, storage)
      var failure: BackendError?
      do throws(BackendError) {
        try view.catchUp(storage)
        try view.requireWhole(storage)
      } catch {
        failure = error
      }
      // The log may have been moved meanwhile, and its old place be in use for something else.
      guard try Self.slotHeads(storage) == heads else { continue }
      if let failure { throw failure }
      self = view
      return
    }
  }

  private init(
    _ superblock: VolumeSuperblock, _ heads: [[UInt8]], serial: UInt64, _ storage: borrowing BlockStorage
  ) throws(BackendError) {
    do throws(ImpossibleChange) {
      catalogue = try Catalogue(blocks: superblock.blocks, log: superblock.logExtents, serial: serial)
    } catch {
      throw .damagedVolume(storage, "its superblock says that \(error)")
    }
    self.superblock = superblock
    position = LogRecord.Position(log: superblock.log)
    slotHeads = heads
  }

  private func requireWhole(_ storage: borrowing BlockStorage) throws(BackendError) {
    guard position.sequence >= superblock.firstRecords else {
      throw .damagedVolume(
        storage, "its log ends after \(position.sequence) of the \(superblock.firstRecords) records that it began with")
    }
    let has = try BackendError.mapping("can't tell the size of \(storage.path)") { () throws(FileSystemError) in
      try storage.byteCount() / UInt64(VolumeLayout.blockSize)
    }
    guard has >= catalogue.blocks else {
      throw .damagedVolume(
        storage, "it has \(has) blocks, and the volume on it \(catalogue.blocks): give it back its size")
    }
  }

  /// Brings the catalogue up to date.
  ///
  /// - Throws: `.volumeReplaced` if it is no longer the same volume, and as for opening one.
  mutating func refresh(_ storage: borrowing BlockStorage) throws(BackendError) {
    try catchUp(storage)
    let heads = try Self.slotHeads(storage)
    guard heads != slotHeads else { return }
    let newest = try Self.newestSuperblock(storage)
    if newest.generation == superblock.generation {
      try requireSuccessor(newest, storage)
      slotHeads = heads
    } else {
      let new = try VolumeView(of: storage, serial: catalogue.serial)
      try requireSuccessor(new.superblock, storage)
      self = new
    }
  }

  /// Refuses a volume that was made over this one, or that counts back: this process knows nothing of it.
  private func requireSuccessor(
    _ new: VolumeSuperblock, _ storage: borrowing BlockStorage
  ) throws(BackendError) {
    let isSame = new.generation == superblock.generation && new.log == superblock.log
    guard new.uuid == superblock.uuid, isSame || new.generation > superblock.generation else {
      throw BackendError(
        code: .volumeReplaced,
        message: "on \(storage.path) there is no longer the volume \(superblock.uuid.text) that was opened: "
          + "somebody has made another one there, or put back an earlier copy")
    }
  }

  /// Takes in a record that this process has written, unless it was found and taken in already.
  mutating func take(
    _ changes: [VolumeChange], at position: LogRecord.Position, next: LogRecord.Position
  ) throws(ImpossibleChange) {
    firstForeignRecord = nil
    guard self.position == position else { return }
    for change in changes { try catalogue.apply(change) }
    hasUnflushedRemovals = hasUnflushedRemovals || changes.contains { $0.isRemoval }
    self.position = next
  }

  /// Takes in that this process has moved the log, unless it was found and taken in already.
  mutating func take(
    _ superblock: VolumeSuperblock, position: LogRecord.Position, _ storage: borrowing BlockStorage
  ) throws(BackendError) {
    slotHeads = try Self.slotHeads(storage)
    firstForeignRecord = nil
    guard self.superblock != superblock else { return }
    do throws(ImpossibleChange) {
      let (old, new) = (self.superblock.logExtents, superblock.logExtents)
      try catalogue.moveLog(from: old.filter { !new.contains($0) }, to: new.filter { !old.contains($0) })
    } catch {
      throw .damagedVolume(storage, "\(error)")
    }
    self.superblock = superblock
    self.position = position
  }

  // MARK: The log

  private mutating func catchUp(_ storage: borrowing BlockStorage) throws(BackendError) {
    while let record = try record(storage) {
      do throws(ImpossibleChange) {
        for change in record.changes { try catalogue.apply(change) }
      } catch {
        throw .damagedVolume(storage, "its log says that \(error)")
      }
      hasUnflushedRemovals = hasUnflushedRemovals || record.changes.contains { $0.isRemoval }
      firstForeignRecord = firstForeignRecord ?? position
      position = record.next
    }
  }

  /// The record at `position`, from the first copy of the log that has it.
  private func record(_ storage: borrowing BlockStorage) throws(BackendError) -> LogRecord? {
    var failure: BackendError?
    var unreadable = 0
    for copy in superblock.logCopies {
      do throws(BackendError) {
        if let record = try Self.record(storage, copy, position) { return record }
      } catch {
        guard error.code == .io else { throw error }
        failure = error
        unreadable += 1
      }
    }
    // What was acknowledged is in both, as is all that stands before it: one that says that there is nothing is to be believed.
    if let failure, unreadable == superblock.logCopies.count { throw failure }
    return nil
  }

  /// The record at `position` in one copy of the log.
  static func record(
    _ storage: borrowing BlockStorage, _ copy: Extent, _ position: LogRecord.Position
  ) throws(BackendError) -> LogRecord? {
    guard let bytes = try recordBytes(storage, copy, position) else { return nil }
    do throws(ImpossibleChange) {
      return try bytes.withUnsafeBufferPointer { (bytes) throws(ImpossibleChange) in
        try LogRecord(UnsafeRawBufferPointer(bytes), at: position)
      }
    } catch {
      throw .damagedVolume(storage, "\(error)")
    }
  }

  /// The bytes that may be the record at `position` in one copy of the log.
  static func recordBytes(
    _ storage: borrowing BlockStorage, _ copy: Extent, _ position: LogRecord.Position
  ) throws(BackendError) -> [UInt8]? {
    guard position.block < copy.count else { return nil }
    let offset = (copy.start + position.block) * UInt64(VolumeLayout.blockSize)
    let head = try bytes(storage, at: offset, count: LogRecord.headerLength)
    guard let length = head.withUnsafeBytes({ LogRecord.length($0, at: position) }),
      position.block + UInt64(length / VolumeLayout.blockSize) <= copy.count
    else { return nil }
    return try bytes(storage, at: offset, count: length)
  }

  /// The sequence number that a block of a log begins with, if it may be a record's first.
  static func sequence(_ storage: borrowing BlockStorage, _ copy: Extent, _ block: UInt64, of log: LogID) -> UInt64? {
    let offset = (copy.start + block) * UInt64(VolumeLayout.blockSize)
    guard let head = try? bytes(storage, at: offset, count: LogRecord.headerLength) else { return nil }
    return head.withUnsafeBytes { LogRecord.sequence($0, of: log) }
  }

  static func bytes(
    _ storage: borrowing BlockStorage, at offset: UInt64, count: Int
  ) throws(BackendError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let read = try BackendError.mapping("can't read \(storage.path) at \(offset)") { () throws(FileSystemError) in
      try bytes.withUnsafeMutableBufferPointer { (buffer) throws(FileSystemError) in
        try storage.read(into: UnsafeMutableRawBufferPointer(buffer), at: Int64(offset))
      }
    }
    // A device that has become shorter reads like one that is damaged there.
    return Array(bytes.prefix(read)) + [UInt8](repeating: 0, count: count - read)
  }
}
