package import FileSystem

/// What is on a device before a volume is made there.
package struct VolumeLook: Sendable {
  /// Its path, without symbolic links.
  package let place: PathBytes
  /// How many bytes it has.
  package let size: UInt64
  /// Whether a superblock of a volume is there, damaged or not.
  package let hasVolume: Bool
  /// Whether its first MiB is all zeros.
  package let isEmpty: Bool
}

extension Volume {
  /// Looks at a device that could become a volume, and is not in use.
  ///
  /// - Throws: as `format(at:label:created:)`.
  package static func look(at path: String) throws(BackendError) -> VolumeLook {
    let place = try canonical(path)
    let storage = try open(place, for: .read)
    try locking(storage) { () throws(BackendError) in try requireUnused(storage) }
    let isReadOnly = try BackendError.mapping("can't ask \(place) whether it is read-only") {
      () throws(FileSystemError) in try storage.isReadOnly()
    }
    guard !isReadOnly else { throw BackendError(code: .readOnly, message: "the device \(place) is read-only") }
    _ = try blocksOfVolume(on: storage)
    return try BackendError.mapping("can't read \(place)") { () throws(FileSystemError) in
      let beginning = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: VolumeLayout.blockSize)
      defer { beginning.deallocate() }
      let count = try storage.read(into: beginning, at: 0)
      return VolumeLook(
        place: place, size: try storage.byteCount(), hasVolume: VolumeView.slots(storage).contains { $0 != .none },
        isEmpty: beginning[..<count].allSatisfy { $0 == 0 })
    }
  }

  /// Makes an empty volume on a device; whatever is on it is lost. That nothing is there that could be needed is for the
  /// caller to see to.
  ///
  /// - Throws: `.volumeMissing` if there is no device, `.invalidName` if the label is too long, `.notSupported` if the device is too small, `.inUse`, `.readOnly`,
  ///   `.permissionDenied` or `.io`.
  @discardableResult
  package static func format(at path: String, label: String, created: Int64) throws(BackendError) -> VolumeSuperblock {
    let place = try canonical(path)
    guard label.utf8.count <= VolumeSuperblock.mostLabelBytes else {
      throw BackendError(
        code: .invalidName, message: "a label has at most \(VolumeSuperblock.mostLabelBytes) bytes")
    }
    let storage = try open(place, for: .direct)
    return try locking(storage) { () throws(BackendError) in
      try requireUnused(storage)
      return try write(emptyVolume(blocksOfVolume(on: storage), place, label, created), to: storage)
    }
  }

  /// How many blocks a volume on the device would have.
  private static func blocksOfVolume(on storage: borrowing BlockStorage) throws(BackendError) -> UInt64 {
    let size = try BackendError.mapping("can't tell the size of \(storage.path)") { () throws(FileSystemError) in
      try storage.byteCount()
    }
    let blocks = min(size / UInt64(VolumeLayout.blockSize), VolumeLayout.mostBlocks)
    guard blocks >= VolumeLayout.leastBlocks else {
      throw BackendError(
        code: .notSupported,
        message: "\(storage.path) has \(size) bytes; a volume needs \(VolumeLayout.leastBlocks) blocks of 4 KiB, "
          + "which is 8 MiB")
    }
    return blocks
  }

  private static func emptyVolume(
    _ blocks: UInt64, _ place: PathBytes, _ label: String, _ created: Int64
  ) throws(BackendError) -> VolumeSuperblock {
    let catalogue: Catalogue
    do throws(ImpossibleChange) {
      catalogue = try Catalogue(blocks: blocks, log: [])
    } catch {
      preconditionFailure("an empty catalogue is impossible: \(error)")
    }
    let (log, spares) = try VolumeJournal.place(for: catalogue.encodedLength, in: catalogue, place)
    return VolumeSuperblock(
      generation: 1, uuid: .random(), label: label, created: created, blocks: blocks, log: .random(), firstRecords: 1,
      logCopies: log, spares: spares)
  }

  private static func write(
    _ superblock: VolumeSuperblock, to storage: borrowing BlockStorage
  ) throws(BackendError) -> VolumeSuperblock {
    let block = UInt64(VolumeLayout.blockSize)
    let record = LogRecord.encode([.resize(blocks: superblock.blocks)], at: .init(log: superblock.log))
    try BackendError.mapping("can't make a volume on \(storage.path)") { () throws(FileSystemError) in
      // An earlier volume's superblock must not outlive this one's.
      for offset in VolumeLayout.superblockOffsets {
        try write([UInt8](repeating: 0, count: VolumeLayout.blockSize), at: offset, to: storage)
      }
      for copy in superblock.logCopies { try write(record.bytes, at: copy.start * block, to: storage) }
      try storage.flush()
      for offset in VolumeLayout.superblockOffsets { try write(superblock.encoded, at: offset, to: storage) }
      try storage.flush()
    }
    return superblock
  }

  private static func write(
    _ bytes: [UInt8], at offset: UInt64, to storage: borrowing BlockStorage
  ) throws(FileSystemError) {
    let buffer = AlignedBuffer(count: bytes.count)
    bytes.withUnsafeBytes { buffer.fill(from: $0) }
    try storage.write(buffer.wholeBlocks(bytes.count), at: Int64(offset))
  }
}
