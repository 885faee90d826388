import BackendTestSupport
import Glibc
import TestSupport
import Testing

@testable import Backend

@Suite("A damaged volume")
struct VolumeDamageTests {
  let fixture: BlockDeviceFixture
  let names: [ObjectName]

  init() throws {
    fixture = try BlockDeviceFixture(size: 8 << 20)
    let backend = fixture.backend
    try backend.put(.config, [1])
    names = try (0..<20).map { number throws in try ObjectName(.packs, "ab\(number)") }
    for (number, name) in names.enumerated() { try backend.put(name, [UInt8](repeating: UInt8(number), count: 5_000)) }
    try backend.delete(names[0])
  }

  private func hasEverything(_ backend: any Backend) throws -> Bool {
    try names.enumerated().dropFirst().allSatisfy { number, name throws in
      try backend.getWhole(name, limit: 5_000) == [UInt8](repeating: UInt8(number), count: 5_000)
    }
  }

  private func superblock() throws -> VolumeSuperblock { try Volume(at: fixture.path).summary().superblock }

  @Test("opens with one superblock, says so, and is repaired", arguments: [0, 1])
  func survivesSuperblock(slot: Int) throws {
    try fixture.overwrite(at: VolumeLayout.superblockOffsets[slot] + 40, count: 8)
    #expect(try hasEverything(fixture.reopen()))
    let check = try VolumeCheck(at: fixture.path)
    #expect(check.findings.map(\.code) == [.superblock] && !check.isSound)
    try VolumeCheck.repair(at: fixture.path)
    #expect(try VolumeCheck(at: fixture.path).findings == [])
    #expect(try hasEverything(fixture.reopen()))
  }

  @Test("opens and is repaired when its first 7 MiB were cleared, but for what was there")
  func survivesClearing() throws {
    let superblock = try superblock()
    let cleared = UInt64(7 << 20) / 4_096
    let left = try fixture.backend.list(.packs).objects.map(\.name)
    try fixture.overwrite(at: 0, count: 7 << 20)
    #expect(superblock.logCopies[0].end <= cleared && superblock.logCopies[1].start >= cleared)
    #expect(try fixture.reopen().list(.packs).objects.map(\.name) == left)
    try VolumeCheck.repair(at: fixture.path)
    #expect(try VolumeCheck(at: fixture.path).findings == [])
  }

  @Test("says when it is opened that a superblock is damaged, and goes on", arguments: [0, 1])
  func tellsOfSuperblock(slot: Int) throws {
    #expect(fixture.device.warning == nil)
    try fixture.overwrite(at: VolumeLayout.superblockOffsets[slot], with: [UInt8](repeating: 0xA5, count: 4_096))
    let device = try BlockDeviceBackend.open(at: fixture.path)
    #expect(device.warning?.contains("at byte \(VolumeLayout.superblockOffsets[slot]), is damaged") == true)
    #expect(try device.put(ObjectName(.intents, "01"), [1]) == .created)
  }

  @Test("can be read, and not written to, when something else was made over it, until that is named and erased")
  func isNotWrittenOver() throws {
    let clients = [fixture.backend, try fixture.reopen()]
    let upload = try clients[0].beginUpload(to: .packs)
    try upload.append([1])
    // As cryptsetup makes it.
    try fixture.overwrite(at: 0, with: Array("LUKS".utf8) + [0xBA, 0xBE, 0, 1] + [UInt8](repeating: 0, count: 4_088))
    let before = try fixture.image()
    let late = try BlockDeviceBackend.open(at: fixture.path)
    #expect(late.warning?.contains("crypto_LUKS was made on") == true)
    expect(.volumeReplaced) { () throws(BackendError) in _ = try upload.commit(as: ObjectName(.packs, "ff")) }
    for client in clients + [late] {
      #expect(try hasEverything(client))
      expect(.volumeReplaced) { () throws(BackendError) in try client.delete(.config) }
    }
    for names in [[], ["ext4"]] {
      expect(.volumeReplaced) { () throws(BackendError) in
        try VolumeCheck.repair(at: fixture.path, erasing: names)
      }
    }
    #expect(try fixture.image() == before)
    #expect(try !VolumeCheck(at: fixture.path).isSound)
    try VolumeCheck.repair(at: fixture.path, erasing: ["crypto_LUKS"])
    #expect(try VolumeCheck(at: fixture.path).findings == [])
    #expect(try hasEverything(fixture.reopen()))
    #expect(try clients[0].put(ObjectName(.intents, "01"), [1]) == .created)
  }

  @Test("gets the extents of an upload back that could not give them back itself")
  func freesForgottenUploads() throws {
    let free = try fixture.backend.freeSpace()
    var upload: (any Upload)? = try fixture.backend.beginUpload(to: .packs)
    try upload?.append([UInt8](repeating: 1, count: 2 << 20))
    let superblock = Array(try fixture.image()[..<4_096])
    try fixture.overwrite(at: 0, with: Array("LUKS".utf8) + [0xBA, 0xBE, 0, 1] + [UInt8](repeating: 0, count: 4_088))
    upload = nil
    try fixture.overwrite(at: 0, with: superblock)
    let left = try fixture.backend.listStagedUploads().uploads
    #expect(left.count == 1)
    for upload in left { try fixture.backend.removeStagedUpload(upload) }
    #expect(try fixture.backend.freeSpace() == free)
  }

  @Test("opens with one copy of the log, anywhere damaged, and is repaired", arguments: [0, 1])
  func survivesLog(copy: Int) throws {
    let extent = try superblock().logCopies[copy]
    for block in [0, 3, 9] as [UInt64] { try fixture.overwrite(at: (extent.start + block) * 4_096 + 100, count: 600) }
    #expect(try hasEverything(fixture.reopen()))
    let check = try VolumeCheck(at: fixture.path)
    #expect(check.findings.map(\.code) == [.log] && !check.isSound)
    // It goes on, and is as good as before.
    try fixture.reopen().put(ObjectName(.intents, "01"), [1])
    try VolumeCheck.repair(at: fixture.path)
    #expect(try VolumeCheck(at: fixture.path).findings == [])
    #expect(try hasEverything(fixture.reopen()))
  }

  @Test("is refused when neither copy has what the log began with, or no superblock is left")
  func refusesWhatIsLost() throws {
    for _ in 0..<100 { try fixture.backend.setReserve(.random(in: 1...1 << 20)) }
    let extents = try superblock().logCopies
    for extent in extents { try fixture.overwrite(at: extent.start * 4_096, count: 4_096) }
    expect(.damagedLayout) { () throws(BackendError) in _ = try fixture.reopenThrowing() }
    #expect(try VolumeCheck(at: fixture.path).findings.contains { $0.severity == .error })
    for offset in VolumeLayout.superblockOffsets { try fixture.overwrite(at: offset + 100, count: 8) }
    expect(.damagedLayout) { () throws(BackendError) in _ = try fixture.reopenThrowing() }
    for offset in VolumeLayout.superblockOffsets { try fixture.overwrite(at: offset, count: 4_096) }
    expect(.volumeMissing) { () throws(BackendError) in _ = try fixture.reopenThrowing() }
  }

  @Test("says that something stands behind the end of the log")
  func noticesRecordsBehindEnd() throws {
    let before = try Volume(at: fixture.path).summary()
    for number in 0..<3 { try fixture.backend.put(ObjectName(.intents, "\(number)"), []) }
    for extent in before.superblock.logCopies {
      try fixture.overwrite(at: (extent.start + before.logBlocksUsed.used) * 4_096, count: 4_096)
    }
    #expect(try VolumeCheck(at: fixture.path).findings.map(\.code) == [.recordsBehindEnd])
    // Written over, it can't come back.
    let backend = try fixture.reopen()
    try backend.put(ObjectName(.intents, "new"), [])
    #expect(try fixture.reopen().list(.intents).objects.map(\.name.name) == ["new"])
  }

  @Test("is completed where a process died between the copies of the log")
  func completesCopies() throws {
    let before = try Volume(at: fixture.path).summary()
    try fixture.backend.put(ObjectName(.intents, "01"), [])
    let second = before.superblock.logCopies[1]
    try fixture.overwrite(at: (second.start + before.logBlocksUsed.used) * 4_096, count: 4_096)
    try fixture.reopen().put(ObjectName(.intents, "02"), [])
    let first = before.superblock.logCopies[0]
    try fixture.overwrite(at: (first.start + before.logBlocksUsed.used) * 4_096, count: 4_096)
    #expect(try fixture.reopen().list(.intents).objects.map(\.name.name) == ["01", "02"])
  }

  @Test("is completed where a loss of power left each record in one copy of the log only")
  func completesWhatPowerLossLeft() throws {
    let superblock = try superblock()
    var blocks: [UInt64] = []
    for number in 0..<3 {
      blocks.append(try Volume(at: fixture.path).summary().logBlocksUsed.used)
      try fixture.backend.put(ObjectName(.intents, "\(number)"), [])
    }
    for (copy, block) in zip([0, 1, 0], blocks) {
      try fixture.overwrite(at: (superblock.logCopies[copy].start + block) * 4_096, count: 4_096)
    }
    try fixture.reopen().put(ObjectName(.intents, "new"), [])
    #expect(try VolumeCheck(at: fixture.path).findings == [])
    #expect(try self.superblock() == superblock)
    // Then no single sector can take anything that was acknowledged.
    try fixture.overwrite(at: (superblock.logCopies[1].start + blocks[0]) * 4_096, count: 4_096)
    #expect(try fixture.reopen().list(.intents).objects.map(\.name.name) == ["0", "1", "2", "new"])
  }

  @Test("gives no generation twice when a log could not be moved and another one is begun")
  func numbersLogsOnce() throws {
    let before = try fixture.image()
    let old = try superblock()
    try VolumeCheck.repair(at: fixture.path)
    let moved = try fixture.image()
    try fixture.overwrite(at: 0, with: before)
    let volume = try Volume(at: fixture.path)
    let reader = try fixture.reopen()
    try volume.changing { (journal) throws(BackendError) in
      // It had written its first superblock and was told of an error; somebody has read that one.
      #expect(throws: Never.self) {
        try fixture.overwrite(at: 0, with: moved)
        try fixture.overwrite(at: VolumeLayout.superblockOffsets[1], with: old.encoded)
        #expect(try hasEverything(reader))
      }
      try journal.moveLog(of: volume)
    }
    #expect(try superblock().generation > old.generation + 1)
    #expect(try hasEverything(reader))
    try fixture.backend.put(ObjectName(.intents, "new"), [])
    #expect(try reader.list(.intents).objects.map(\.name.name) == ["new"])
    #expect(try VolumeCheck(at: fixture.path).findings == [])
  }

  @Test("opens as it was or is refused, wherever its superblocks and logs are changed", arguments: UInt64(1)...60)
  func isNeverGuessedAt(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let superblock = try superblock()
    let places = VolumeLayout.superblockOffsets + superblock.logCopies.map { $0.start * 4_096 }
    for _ in 0..<1 + generator.below(30) {
      let offset = places[generator.below(places.count)] + UInt64(generator.below(4_096 * 4))
      try fixture.overwrite(at: offset, with: generator.bytes(1 + generator.below(20)))
    }
    do {
      let backend = try BlockDeviceBackend.open(at: fixture.path)
      for object in try backend.list(.packs).objects {
        let number = try #require(names.firstIndex(of: object.name))
        let bytes = try backend.getWhole(object.name, limit: 5_000)
        #expect(bytes == [UInt8](repeating: UInt8(number), count: 5_000), "seed \(seed)")
      }
      try backend.put(ObjectName(.intents, "new"), [1])
    } catch let error as BackendError {
      #expect([.damagedLayout, .volumeMissing, .notSupported].contains(error.code), "seed \(seed): \(error)")
    }
  }
}

extension BlockDeviceFixture {
  /// All of the image.
  func image() throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: Int(lseek(descriptor, 0, SEEK_END)))
    try #require(pread(descriptor, &bytes, bytes.count, 0) == bytes.count)
    return bytes
  }

  /// Writes over a part of the image.
  func overwrite(at offset: UInt64, count: Int) throws {
    try overwrite(at: offset, with: [UInt8](repeating: 0, count: count))
  }

  func overwrite(at offset: UInt64, with bytes: [UInt8]) throws {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    defer { close(descriptor) }
    try #require(pwrite(descriptor, bytes, bytes.count, off_t(offset)) == bytes.count)
  }
}
