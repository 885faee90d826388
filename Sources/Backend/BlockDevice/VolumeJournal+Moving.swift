import FileSystem

/// The log at another place.
extension VolumeJournal {
  /// Begins the log anew, with the whole catalogue, at the place that is kept for that; where that can't be written to, at
  /// other free blocks.
  mutating func moveLog(of volume: Volume) throws(BackendError) {
    do throws(BackendError) {
      try beginLogAtSpares(of: volume)
    } catch {
      guard error.code == .io else { throw error }
      let catalogue = try volume.known { (view) throws(BackendError) in view.catalogue }
      guard let place = try? Self.place(for: catalogue.encodedLength, in: catalogue, volume.place) else { throw error }
      try beginLog(at: place.log, next: place.spares, of: volume)
    }
  }

  private mutating func beginLogAtSpares(of volume: Volume) throws(BackendError) {
    let old = try volume.known { (view) throws(BackendError) in view.superblock }
    mustMoveLog = true
    try beginLog(at: old.spares, next: old.logCopies, of: volume)
  }

  /// Begins the log anew at other free blocks, so that it and its successor hold a catalogue of so many bytes; or, if there
  /// are none, or none that can be written to, and it need not be larger, at the place that is kept for that.
  mutating func relocateLog(
    of volume: Volume, forCatalogueOf bytes: Int? = nil
  ) throws(BackendError) {
    let catalogue = try volume.known { (view) throws(BackendError) in view.catalogue }
    do throws(BackendError) {
      let place = try Self.place(for: bytes ?? catalogue.encodedLength, in: catalogue, volume.place)
      mustMoveLog = true
      try beginLog(at: place.log, next: place.spares, of: volume)
    } catch {
      guard error.code == .noSpace || error.code == .io, bytes == nil else { throw error }
      try beginLogAtSpares(of: volume)
    }
  }

  private mutating func beginLog(
    at copies: [Extent], next spares: [Extent], of volume: Volume
  ) throws(BackendError) {
    var (old, catalogue) = try volume.known { (view) throws(BackendError) in (view.superblock, view.catalogue) }
    mustRelocateLog = true
    try settle(&old, of: volume)
    var new = old
    new.generation += 1
    new.blocks = catalogue.blocks
    new.log = .random()
    (new.logCopies, new.spares) = (copies, spares)
    var position = LogRecord.Position(log: new.log)
    for share in LogRecord.shares(of: catalogue.changes) {
      let record = LogRecord.encode(share, at: position)
      guard record.next.block <= copies[0].count else {
        throw .damagedVolume(volume.storage, "its catalogue is too large for its log")
      }
      for copy in copies { try write(record.bytes, at: copy.start + position.block, of: volume) }
      position = record.next
    }
    new.firstRecords = position.sequence
    try flush(volume)
    try write(new, of: volume)
    mustRelocateLog = false
    try volume.known { (view) throws(BackendError) in try view.take(new, position: position, volume.storage) }
    mustMoveLog = false
  }

  /// Writes the superblock to its two places in turn, so that one of them is whole at any moment: first where there is no
  /// sound one, or the older.
  private mutating func write(_ superblock: VolumeSuperblock, of volume: Volume) throws(BackendError) {
    let generations = VolumeView.slots(volume.storage).map { $0.sound?.generation ?? 0 }
    try write(superblock, inOrder: generations[1] < generations[0] ? [1, 0] : [0, 1], of: volume)
  }

  /// Makes durable what the next log's place was freed by: removals, and the superblock that names the log of now. Whoever
  /// wrote that may have died, or been told of an error, before it was; if so, one of the two is still the one before.
  ///
  /// Where this process itself has failed to move the log, one may name another already, and somebody may have read it: then
  /// the log of now gets a larger generation. None is given twice, and none counts back.
  private mutating func settle(_ superblock: inout VolumeSuperblock, of volume: Volume) throws(BackendError) {
    try flush(volume)
    let slots = VolumeView.slots(volume.storage)
    let newest = slots.compactMap(\.sound).max { $0.generation < $1.generation }
    if let newest, newest.generation >= superblock.generation, newest != superblock {
      superblock.generation = newest.generation + 1
    }
    guard slots.contains(where: { $0 != .sound(superblock) }) else { return }
    // First where there is no sound one. Then the newer, which may not be durable: the log that the other names is whole too.
    let order = slots.indices.sorted { slots[$0].sound?.generation ?? .max > slots[$1].sound?.generation ?? .max }
    try write(superblock, inOrder: order, of: volume)
  }

  private mutating func write(
    _ superblock: VolumeSuperblock, inOrder order: [Int], of volume: Volume
  ) throws(BackendError) {
    for slot in order {
      let block = VolumeLayout.superblockOffsets[slot] / UInt64(VolumeLayout.blockSize)
      do throws(BackendError) {
        try write(superblock.encoded, at: block, of: volume)
      } catch {
        // The other one alone is not written over: torn by a loss of power it would take the volume with it.
        throw BackendError(
          code: error.code,
          message: "the superblock at \(VolumeLayout.superblockOffsets[slot]) of \(volume.path) can't be written; all can be "
            + "read there, but a log that is full not be begun anew: copy the repository to another device",
          cause: error)
      }
      try flush(volume)
    }
  }

  /// Room for a log and its successor, each twice: one copy from the beginning of the device, one from its end.
  static func place(
    for bytes: Int, in catalogue: Catalogue, _ path: PathBytes
  ) throws(BackendError) -> (log: [Extent], spares: [Extent]) {
    let length = VolumeLayout.logBlocks(
      catalogue: VolumeLayout.catalogueBlocks(bytes), device: catalogue.blocks)
    var free = catalogue.free
    var extents: [Extent] = []
    for isLast in [false, true, false, true] {
      guard let extent = free.run(of: length, last: isLast), free.take(extent) else {
        throw BackendError(code: .noSpace, message: "there is no room for a larger log on \(path)")
      }
      extents.append(extent)
    }
    return (Array(extents[..<2]), Array(extents[2...]))
  }
}
