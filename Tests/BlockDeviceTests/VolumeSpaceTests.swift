import BackendTestSupport
import TestSupport
import Testing

@testable import Backend

@Suite("The space of a volume")
struct VolumeSpaceTests {
  private func volume(_ size: Int) throws -> BlockDeviceFixture {
    let fixture = try BlockDeviceFixture(size: size)
    try fixture.backend.put(.config, [1])
    return fixture
  }

  @Test("ends with noSpace, keeps what it had, and is there again after the failed upload")
  func failsWithoutSpace() throws {
    let fixture = try volume(8 << 20)
    let old = try ObjectName(.packs, "aa01")
    try fixture.backend.put(old, [UInt8](repeating: 1, count: 100_000))
    let free = try fixture.backend.freeSpace()
    let upload = try fixture.backend.beginUpload(to: .packs)
    for _ in 0..<2 {
      expect(.noSpace) { () throws(BackendError) in
        for _ in 0..<20 { try upload.append([UInt8](repeating: 2, count: 1 << 20)) }
      }
    }
    expect(.noSpace) { () throws(BackendError) in _ = try upload.commit(as: ObjectName(.packs, "bb01")) }
    #expect(try fixture.backend.list(.packs).objects == [ListedObject(name: old, size: 100_000)])
    #expect(try fixture.backend.listStagedUploads() == StagingListing(uploads: []))
    #expect(try fixture.backend.freeSpace() == free)
    #expect(try fixture.backend.put(ObjectName(.packs, "bb01"), [UInt8](repeating: 2, count: 100_000)) == .created)
  }

  @Test("lets objects be deleted when nothing is left, and the reserve be used once it is released")
  func releasesReserve() throws {
    let fixture = try volume(8 << 20)
    try fixture.backend.setReserve(1 << 20)
    let filler = try ObjectName(.packs, "aa01")
    let free = try #require(try fixture.backend.freeSpace())
    try fixture.backend.put(filler, [UInt8](repeating: 1, count: Int(free)))
    #expect(try fixture.backend.freeSpace() == 0)
    let record = try ObjectName(.index, "01")
    expect(.noSpace) { () throws(BackendError) in try fixture.backend.put(record, [1]) }
    // What takes no block can still be done.
    try fixture.backend.put(ObjectName(.intents, "01"), [])
    expect(.noSpace) { () throws(BackendError) in try fixture.backend.setReserve(2 << 20) }
    #expect(try fixture.backend.put(record, [UInt8](repeating: 1, count: 64 << 10)) == .created)
    // Many more changes than a log holds.
    for _ in 0..<200 {
      try fixture.backend.delete(record)
      try fixture.backend.put(record, [1])
    }
    try fixture.backend.delete([filler, record])
    try fixture.backend.setReserve(1 << 20)
    #expect(try fixture.backend.freeSpace() == free)
  }

  @Test("is used again in pieces, by objects that come back whole")
  func usesPieces() throws {
    let fixture = try volume(16 << 20)
    let names = try (0..<300).map { number throws in try ObjectName(.packs, "ab\(number)") }
    for name in names { try fixture.backend.put(name, [UInt8](repeating: 1, count: 30_000)) }
    try fixture.backend.delete(names.enumerated().filter { $0.offset % 2 == 0 }.map(\.element))
    let rest = Int(try #require(try fixture.backend.freeSpace()))
    var generator = SeededGenerator(seed: 3)
    let bytes = generator.bytes(rest - rest % 4_096)
    let upload = try fixture.backend.beginUpload(to: .packs)
    for start in stride(from: 0, to: bytes.count, by: 700_001) {
      try upload.append(Array(bytes[start..<min(start + 700_001, bytes.count)]))
    }
    let large = try ObjectName(.packs, "ff")
    #expect(try upload.commit(as: large) == .created)
    let reopened = try fixture.reopen()
    #expect(try reopened.getWhole(large, limit: bytes.count) == bytes)
    for _ in 0..<50 {
      let start = generator.below(bytes.count)
      let count = generator.below(min(100_000, bytes.count - start))
      #expect(try reopened.bytes(of: large, at: UInt64(start), count: count) == Array(bytes[start..<start + count]))
    }
    #expect(try VolumeCheck(at: fixture.path).findings == [])
  }

  @Test("holds many more objects than its first log was made for")
  func growsItsLog() throws {
    let fixture = try volume(64 << 20)
    let before = try Volume(at: fixture.path).summary().log
    let names = try (0..<6_000).map { number throws in
      try ObjectName(.index, String(repeating: "a", count: 70) + "-\(number)")
    }
    let backend = fixture.backend
    let failures = onThreads(8) { thread in
      names.indices.filter { $0 % 8 == thread }.count { (try? backend.put(names[$0], [1])) != .created }
    }
    #expect(failures == [Int](repeating: 0, count: 8))
    #expect(try fixture.reopen().list(.index).objects.count == names.count)
    #expect(try Volume(at: fixture.path).summary().log > before)
    try fixture.backend.delete(names)
    #expect(try fixture.reopen().list(.index) == Listing(objects: []))
    #expect(try VolumeCheck(at: fixture.path).findings == [])
  }

  @Test("grows with the device, for clients that have it open too, and is not touched when the device has shrunk")
  func followsTheDevice() throws {
    let fixture = try volume(8 << 20)
    let free = try #require(try fixture.backend.freeSpace())
    try fixture.resize(to: 24 << 20)
    let large = [UInt8](repeating: 7, count: 12 << 20)
    let name = try ObjectName(.packs, "ab01")
    try fixture.backend.put(ObjectName(.intents, "01"), [])
    #expect(try #require(try fixture.backend.freeSpace()) >= free + (15 << 20))
    try fixture.backend.put(name, large)
    #expect(try fixture.reopen().getWhole(name, limit: large.count) == large)
    try fixture.resize(to: 20 << 20)
    expect(.damagedLayout) { () throws(BackendError) in _ = try fixture.reopenThrowing() }
    expect(.damagedLayout) { () throws(BackendError) in try fixture.backend.delete(name) }
    try fixture.resize(to: 24 << 20)
    #expect(try fixture.reopen().list(.packs).objects.count == 1)
  }

  @Test("needs 8 MiB")
  func needsRoom() throws {
    #expect(throws: BackendError.self) { _ = try BlockDeviceFixture(size: (8 << 20) - 1) }
    _ = try BlockDeviceFixture(size: 8 << 20)
  }
}

extension BlockDeviceFixture {
  func reopenThrowing() throws(BackendError) -> BlockDeviceBackend { try BlockDeviceBackend.open(at: path) }
}
