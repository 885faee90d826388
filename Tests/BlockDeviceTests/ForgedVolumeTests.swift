import BackendTestSupport
import TestSupport
import Testing

@testable import Backend

/// Digests are not keyed: whoever can write to a device makes them fit.
@Suite("A volume that somebody has forged")
struct ForgedVolumeTests {
  let fixture: BlockDeviceFixture

  init() throws {
    fixture = try BlockDeviceFixture(size: 8 << 20)
    try fixture.backend.put(.config, [1])
  }

  private func forge(_ change: (inout VolumeSuperblock) -> Void) throws {
    var superblock = try Volume(at: fixture.path).summary().superblock
    change(&superblock)
    for offset in VolumeLayout.superblockOffsets { try fixture.overwrite(at: offset, with: superblock.encoded) }
  }

  /// Writes a record of any changes behind the last one.
  private func append(_ changes: [VolumeChange]) throws {
    let (superblock, position) = try Volume(at: fixture.path).known { (view) throws(BackendError) in
      (view.superblock, view.position)
    }
    let record = LogRecord.encode(changes, at: position)
    for copy in superblock.logCopies {
      try fixture.overwrite(at: (copy.start + position.block) * 4_096, with: record.bytes)
    }
  }

  /// Does what there is to be done on it.
  private func use() throws(BackendError) {
    let backend = try fixture.reopenThrowing()
    _ = try backend.listStagedUploads()
    let upload = try backend.beginUpload(to: .config)
    try upload.append([1])
    _ = try upload.commit(replacing: .config)
    _ = try backend.quarantine(.config)
    try VolumeCheck.repair(at: fixture.path)
  }

  @Test(
    "is refused for the numbers of its superblock that can't be",
    arguments: [
      { $0.generation = .max }, { $0.firstRecords = .max }, { $0.blocks = .max }, { $0.blocks = 1 << 50 },
      { $0.spares = $0.spares.map { $0.prefix(1) } }, { $0.logCopies = $0.logCopies.map { $0.prefix(1) } },
      { $0.logCopies = $0.logCopies.map { _ in Extent(start: 256, count: (1 << 50) - 1) } },
      { $0.spares = $0.logCopies }, { $0.spares = [] },
    ] as [@Sendable (inout VolumeSuperblock) -> Void])
  func refusesSuperblock(_ change: @Sendable (inout VolumeSuperblock) -> Void) throws {
    try forge(change)
    expect(.damagedLayout) { () throws(BackendError) in try use() }
    #expect(try !VolumeCheck(at: fixture.path).isSound)
  }

  @Test("is refused for the changes of its log that can't be, or works")
  func refusesChanges() throws {
    let some = StoredBytes(length: 4_096, extents: [Extent(start: 1_500, count: 1)])
    let other = StoredBytes(length: 1, extents: [Extent(start: 1_600, count: 1)])
    let name = try ObjectName(.packs, "ab01")
    let far = Extent(start: (1 << 50) - 1, count: (1 << 50) - 1)
    let impossible: [[VolumeChange]] = [
      [.keep(.config, number: .max, some)], [.resize(blocks: .max)], [.resize(blocks: 1)], [.remove(name)],
      [.put(name, StoredBytes(length: .max, extents: [far]))], [.stage(.random(), time: 0, [far])],
      [.stage(.random(), time: 0, [Extent(start: 1, count: 1)])], [.put(name, some), .put(name, some)],
      [.stage(.random(), time: 0, (0..<513).map { Extent(start: 1_000 + 2 * UInt64($0), count: 1) })],
    ]
    for changes in impossible {
      let fixture = try ForgedVolumeTests()
      try fixture.append(changes)
      expect(.damagedLayout) { () throws(BackendError) in try fixture.use() }
    }
    try append([
      .stage(.random(), time: .min, some.extents), .reserve(bytes: .max), .keep(name, number: .max - 1, other),
    ])
    #expect(try fixture.reopen().listStagedUploads().uploads.count == 1)
    expect(.noSpace) { () throws(BackendError) in try use() }
  }

  @Test("is not made by our own records: what could not be read again is not written")
  func refusesOwnChanges() throws {
    let volume = try Volume(at: fixture.path)
    let name = try ObjectName(.packs, "ab01")
    let used = try volume.summary().superblock.spares
    let wrong: [[VolumeChange]] = [
      [.put(name, StoredBytes(length: 4_096, extents: [used[0].prefix(1)]))], [.remove(name)],
      [.stage(.random(), time: 0, (0..<513).map { Extent(start: 900 + 2 * UInt64($0), count: 1) })],
    ]
    for changes in wrong {
      expect(.damagedLayout) { () throws(BackendError) in
        try volume.changing { (journal) throws(BackendError) in try journal.append(changes, to: volume) }
      }
      #expect(try VolumeCheck(at: fixture.path).findings == [])
    }
    try fixture.backend.put(name, [1])
  }
}
