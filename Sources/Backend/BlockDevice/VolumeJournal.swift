import FileSystem
import Synchronization

/// By what a volume is changed, for whoever has it locked.
///
/// It writes past the kernel's cache where that can be done: a record whose writing has failed would otherwise be read from
/// there, by all processes, as if it were on the device.
struct VolumeJournal: ~Copyable, Sendable {
  private var device: OpenDevice?
  private let buffer = AlignedBuffer(count: 1 << 20)
  /// After a failure nothing is known of the place where the log goes on; it is begun anew elsewhere.
  var mustMoveLog = false
  /// And after one in moving it, at a third place.
  var mustRelocateLog = false
  /// The device's first block, when it was last looked whose it is.
  var firstBlock: [UInt8] = []

  init() {}

  /// The device, opened when it is first needed.
  mutating func open(_ volume: Volume) throws(BackendError) -> OpenDevice {
    if let device { return device }
    let opened = OpenDevice(try volume.openAgain(for: .direct))
    device = opened
    return opened
  }

  /// Sees to what others have left, before anything is changed.
  mutating func prepare(_ volume: Volume) throws(BackendError) {
    if mustRelocateLog {
      try relocateLog(of: volume)
    } else if mustMoveLog {
      try moveLog(of: volume)
    }
    do throws(BackendError) {
      try mirrorForeignRecords(volume)
    } catch {
      guard error.code == .io else { throw error }
      // A block of the log can't be written to or read any more; elsewhere it is whole again.
      try moveLog(of: volume)
    }
    let device = try open(volume)
    let blocks = try BackendError.mapping("can't tell the size of \(volume.path)") { () throws(FileSystemError) in
      try device.storage.byteCount() / UInt64(VolumeLayout.blockSize)
    }
    let known = try volume.known { (view) throws(BackendError) in view.catalogue.blocks }
    guard blocks >= known else {
      throw .damagedVolume(
        device.storage, "it has \(blocks) blocks, and the volume on it \(known): give it back its size")
    }
    if blocks > known { try append([.resize(blocks: min(blocks, VolumeLayout.mostBlocks))], to: volume) }
  }

  /// Makes all that was written durable.
  mutating func flush(_ volume: Volume) throws(BackendError) {
    let device = try open(volume)
    do throws(FileSystemError) {
      try device.storage.flush()
    } catch {
      mustMoveLog = true
      throw BackendError(code: .init(error), message: "can't flush \(volume.path)", cause: error)
    }
    try volume.known { (view) throws(BackendError) in view.hasUnflushedRemovals = false }
  }

  /// Makes sure that no removal is undone by a loss of power whose space is about to be written to.
  mutating func flushRemovals(_ volume: Volume) throws(BackendError) {
    if try volume.known({ (view) throws(BackendError) in view.hasUnflushedRemovals }) { try flush(volume) }
  }

  /// Writes bytes to extents that nothing uses.
  mutating func write(
    _ bytes: UnsafeRawBufferPointer, to extents: [Extent], of volume: Volume
  ) throws(BackendError) {
    var rest = bytes
    for extent in extents {
      let count = min(rest.count, Int(extent.count) * VolumeLayout.blockSize)
      try write(UnsafeRawBufferPointer(rebasing: rest[..<count]), at: extent.start, of: volume)
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  private mutating func write(
    _ bytes: UnsafeRawBufferPointer, at block: UInt64, of volume: Volume
  ) throws(BackendError) {
    let device = try open(volume)
    var done = 0
    while done < bytes.count {
      let count = min(bytes.count - done, buffer.count)
      buffer.fill(from: UnsafeRawBufferPointer(rebasing: bytes[done..<done + count]))
      let offset = Int64(block) * Int64(VolumeLayout.blockSize) + Int64(done)
      try BackendError.mapping("can't write to \(volume.path) at \(offset)") { () throws(FileSystemError) in
        try device.storage.write(buffer.wholeBlocks(count), at: offset)
      }
      done += count
    }
  }
}

extension VolumeJournal {
  /// Writes changes to both copies of the log. They are not durable before `flush(_:)`.
  ///
  /// Changes that fit into one record, as all do that belong together, are made together.
  ///
  /// - Throws: `.noSpace` if the catalogue becomes too large for its log and there is no room for a larger one.
  mutating func append(_ changes: [VolumeChange], to volume: Volume) throws(BackendError) {
    for share in LogRecord.shares(of: changes) {
      if share.contains(where: \.isGrowth) {
        try makeRoom(for: share.reduce(0) { $0 + $1.encoded.count + 32 }, in: volume)
      }
      var position = try volume.known { (view) throws(BackendError) in view.position }
      var record = LogRecord.encode(share, at: position)
      if record.next.block > (try logLength(volume)) {
        try moveLog(of: volume)
        position = try volume.known { (view) throws(BackendError) in view.position }
        record = LogRecord.encode(share, at: position)
        guard record.next.block <= (try logLength(volume)) else {
          throw .damagedVolume(volume.storage, "its catalogue leaves no room in its log")
        }
      }
      try requireReadable(record.bytes, at: position, in: volume)
      let copies = try volume.known { (view) throws(BackendError) in view.superblock.logCopies }
      do throws(BackendError) {
        for copy in copies { try write(record.bytes, at: copy.start + position.block, of: volume) }
      } catch {
        mustMoveLog = true
        throw error
      }
      try volume.known { (view) throws(BackendError) in
        do throws(ImpossibleChange) {
          try view.take(share, at: position, next: record.next)
        } catch {
          throw .damagedVolume(volume.storage, "\(error)")
        }
      }
    }
  }

  /// Refuses a record that nobody could read afterwards, or that the catalogue doesn't allow: once written, either would be the
  /// end of the volume.
  private func requireReadable(
    _ bytes: [UInt8], at position: LogRecord.Position, in volume: Volume
  ) throws(BackendError) {
    try volume.known { (view) throws(BackendError) in
      do throws(ImpossibleChange) {
        let record = try bytes.withUnsafeBufferPointer { (bytes) throws(ImpossibleChange) in
          try LogRecord(UnsafeRawBufferPointer(bytes), at: position)
        }
        guard let record else { throw ImpossibleChange("a record can't be read") }
        var catalogue = view.catalogue.part(concerning: record.changes)
        for change in record.changes { try catalogue.apply(change) }
      } catch {
        throw BackendError(
          code: .damagedLayout,
          message: "a change of the volume on \(volume.path) was not written, because it would damage it: \(error)")
      }
    }
  }

  /// Has a larger log if the catalogue could become too large for the one that is next by so many bytes more.
  ///
  /// Whoever is about to use free blocks does this before he chooses them: the log takes some.
  mutating func makeRoom(for bytes: Int, in volume: Volume) throws(BackendError) {
    let after = try volume.known { (view) throws(BackendError) in view.catalogue.encodedLength } + bytes
    if !VolumeLayout.holds(try logLength(volume), catalogue: after) {
      try relocateLog(of: volume, forCatalogueOf: after)
    }
  }

  private func logLength(_ volume: Volume) throws(BackendError) -> UInt64 {
    try volume.known { (view) throws(BackendError) in view.superblock.logCopies[0].count }
  }

  mutating func write(_ bytes: [UInt8], at block: UInt64, of volume: Volume) throws(BackendError) {
    try bytes.withUnsafeBufferPointer { (bytes) throws(BackendError) in
      try write(UnsafeRawBufferPointer(bytes), at: block, of: volume)
    }
  }

  /// Completes each copy of the log by what only the other has. A process that was cut off between them leaves one such record,
  /// a loss of power any of those that nobody had flushed; what is acknowledged from now on depends on all of them.
  ///
  /// - Throws: `.io` too where neither copy has a record any more.
  private mutating func mirrorForeignRecords(_ volume: Volume) throws(BackendError) {
    let (copies, first, end) = try volume.known { (view) throws(BackendError) in
      (view.superblock.logCopies, view.firstForeignRecord, view.position)
    }
    guard var position = first else { return }
    while position.sequence < end.sequence {
      let records = copies.map { try? VolumeView.record(volume.storage, $0, position) }
      guard let sound = records.indices.first(where: { records[$0] != nil }), let next = records[sound]?.next else {
        throw BackendError(code: .io, message: "a record of the log on \(volume.path) can't be read any more")
      }
      for (copy, record) in zip(copies, records) where record?.next != next {
        guard let bytes = try VolumeView.recordBytes(volume.storage, copies[sound], position) else { continue }
        try write(bytes, at: copy.start + position.block, of: volume)
      }
      position = next
    }
    try volume.known { (view) throws(BackendError) in view.firstForeignRecord = nil }
  }
}
