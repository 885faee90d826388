import FileSystem

/// The two superblocks.
extension VolumeView {
  private static let headLength = 80

  /// How each of the two places begins, up to the number of its log: enough to see that a superblock is another one.
  static func slotHeads(_ storage: borrowing BlockStorage) throws(BackendError) -> [[UInt8]] {
    var heads: [[UInt8]] = []
    for offset in VolumeLayout.superblockOffsets {
      // One that can't be read is like one that is damaged: the other counts.
      heads.append((try? bytes(storage, at: offset, count: headLength)) ?? [])
    }
    return heads
  }

  /// What is in each of the two places.
  static func slots(_ storage: borrowing BlockStorage) -> [SuperblockReading] {
    var slots: [SuperblockReading] = []
    for offset in VolumeLayout.superblockOffsets {
      let block = try? bytes(storage, at: offset, count: VolumeLayout.blockSize)
      slots.append(block.map { $0.withUnsafeBytes { VolumeSuperblock.read($0) } } ?? .damaged)
    }
    return slots
  }

  static func newestSuperblock(_ storage: borrowing BlockStorage) throws(BackendError) -> VolumeSuperblock {
    var newest: VolumeSuperblock?
    let slots = slots(storage)
    for case .sound(let superblock) in slots where superblock.generation > (newest?.generation ?? 0) {
      newest = superblock
    }
    if let newest { return newest }
    for case .unknownVersion(let version) in slots {
      throw BackendError(
        code: .notSupported, message: "the volume on \(storage.path) has version \(version): a newer firn made it")
    }
    guard slots.allSatisfy({ $0 == .none }) else {
      throw .damagedVolume(storage, "both of its superblocks are damaged")
    }
    throw BackendError(
      code: .volumeMissing,
      message: "there is no volume on \(storage.path); \"firn volume format\" makes one")
  }
}

extension BackendError {
  /// What a volume says can't be.
  static func damagedVolume(_ storage: borrowing BlockStorage, _ reason: String) -> BackendError {
    BackendError(
      code: .damagedLayout,
      message: "the volume on \(storage.path) is damaged: \(reason); see \"firn volume check\"")
  }
}
