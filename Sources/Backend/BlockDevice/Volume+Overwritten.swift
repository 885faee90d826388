import DeviceSignatures
import FileSystem

/// What was made on the device by somebody who knew of no volume there, and left one superblock standing.
extension Volume {
  /// What stands where the first superblock should be, by the names that libblkid has for it, such as `ext4`; nothing where that
  /// superblock is sound, and where it is merely damaged.
  ///
  /// For whoever has the device locked: nobody is writing a superblock then.
  static func foreignSignatures(on storage: borrowing BlockStorage) throws(BackendError) -> [String] {
    if VolumeView.slots(storage)[0].isSound { return [] }
    do throws(SignatureError) {
      return try SignatureProbe(at: storage.path, erasing: false).names()
    } catch {
      throw BackendError(code: .io, message: "can't look what else is on \(storage.path): \(error)")
    }
  }

  /// Erases what stands in the place of the first superblock, if all of it is named.
  func eraseForeignSignatures(named names: [String]) throws(BackendError) {
    try Self.locking(storage) { () throws(BackendError) in
      try Self.requireUnused(storage)
      let found = try Self.foreignSignatures(on: storage)
      guard !found.isEmpty, found.allSatisfy(names.contains) else { return }
      do throws(SignatureError) {
        try SignatureProbe(at: place, erasing: true).erase()
      } catch {
        throw BackendError(code: .io, message: "\(error)")
      }
    }
  }

  /// What whoever opens the device is to be told of its superblocks; nil if both are sound. For whoever has it locked.
  static func warning(about storage: borrowing BlockStorage) -> String? {
    let slots = VolumeView.slots(storage)
    guard slots.contains(where: \.isSound), let damaged = slots.firstIndex(where: { !$0.isSound }) else { return nil }
    if let found = try? foreignSignatures(on: storage), !found.isEmpty { return overwritten(storage.path, by: found) }
    let offset = VolumeLayout.superblockOffsets[damaged]
    return "a superblock of the volume on \(storage.path), at byte \(offset), is damaged, and only the "
      + "other one is left; \"firn volume check --repair \(storage.path)\" writes it anew"
  }

  static func overwritten(_ place: PathBytes, by found: [String]) -> String {
    let options = found.map { "--erase \($0)" }.joined(separator: " ")
    return "\(found.joined(separator: ", ")) was made on \(place) over the volume there, to which nothing is written "
      + "any more; if the volume is wanted and not that: firn volume check --repair \(options) \(place)"
  }
}

extension VolumeJournal {
  /// Refuses a device on which something else was made: what is written to the volume would damage it.
  mutating func requireNotOverwritten(_ volume: Volume) throws(BackendError) {
    // Nobody is to be asked again about the same block. One that can't be read is nobody's.
    guard let block = try? VolumeView.bytes(volume.storage, at: 0, count: VolumeLayout.blockSize), block != firstBlock
    else { return }
    let found = try Volume.foreignSignatures(on: volume.storage)
    guard found.isEmpty else {
      throw BackendError(code: .volumeReplaced, message: Volume.overwritten(volume.place, by: found))
    }
    firstBlock = block
  }
}
