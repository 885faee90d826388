import BackendTestSupport
import Glibc
import TestSupport
import Testing

@testable import Backend

/// Each backend that opens the image has descriptors, locks and a view of its own, as a process has.
@Suite("Several clients of one volume")
struct VolumeSharingTests {
  let fixture: BlockDeviceFixture
  let first: any Backend

  init() throws {
    fixture = try BlockDeviceFixture(size: 16 << 20)
    first = fixture.backend
    try first.put(.config, [1])
  }

  @Test("see at once what another one has published, deleted, replaced, set aside")
  func followEachOther() throws {
    let second = try fixture.reopen()
    let name = try ObjectName(.packs, "ab01")
    try first.put(name, [1, 2, 3])
    #expect(try second.getWhole(name, limit: 3) == [1, 2, 3])
    #expect(try second.put(name, [4]) == .alreadyExists)
    let upload = try second.beginUpload(to: .packs)
    try upload.append([5, 6])
    _ = try upload.commit(replacing: name)
    #expect(try first.getWhole(name, limit: 3) == [5, 6])
    try second.setReserve(4 << 20)
    let free = try #require(try first.freeSpace())
    #expect(try free == second.freeSpace() && free < 12 << 20)
    try second.delete(name)
    expect(.notFound) { () throws(BackendError) in _ = try first.size(of: name) }
    #expect(try first.list(.packs) == Listing(objects: []))
  }

  @Test("follow the log through many places, also one that slept meanwhile")
  func followTheLog() throws {
    let sleeper = try fixture.reopen()
    let second = try fixture.reopen()
    let generation = try fixture.generation()
    for number in 0..<1_000 {
      let name = try ObjectName(.intents, "\(number)")
      let writer = number.isMultiple(of: 2) ? first : second
      try writer.put(name, [UInt8(number % 256)])
      if number >= 10 { try (number % 3 == 0 ? first : second).delete(ObjectName(.intents, "\(number - 10)")) }
    }
    #expect(try fixture.generation() > generation + 4)
    let expected = try (990..<1_000).map { number throws in
      ListedObject(name: try ObjectName(.intents, "\(number)"), size: 1)
    }
    for backend in [first, second, sleeper, try fixture.reopen()] {
      #expect(try backend.list(.intents).objects == expected)
      #expect(try backend.getWhole(ObjectName(.intents, "999"), limit: 1) == [UInt8(999 % 256)])
    }
    #expect(try VolumeCheck(at: fixture.path).findings == [])
  }

  @Test("get the object's bytes or none, while others remove it and use its space")
  func readWhileSpaceIsUsedAgain() throws {
    let (first, second, third) = (first, try fixture.reopen(), try fixture.reopen())
    // Each object is full of its own number, and there is room for few of them.
    let size = 600_000
    let mistakes = onThreads(4) { thread -> Int in
      guard let name = try? (0..<8).map({ number throws in try ObjectName(.packs, "ab\(number)") }) else { return 1 }
      var generator = SeededGenerator(seed: UInt64(thread))
      return (0..<120).count { round in
        let number = generator.below(8)
        if thread < 2 {
          let writer = thread == 0 ? first : second
          let isPut = (try? writer.put(name[number], [UInt8](repeating: UInt8(number), count: size))) != nil
          let isGone = (try? writer.delete(name[(number + round) % 8])) != nil
          return !isPut || !isGone
        }
        guard let bytes = try? third.bytes(of: name[number], at: 0, count: size) else { return false }
        return bytes != [UInt8](repeating: UInt8(number), count: size)
      }
    }
    #expect(mistakes == [0, 0, 0, 0])
  }

  @Test("don't use the space of an upload that was removed before its process has let go of it")
  func keepSpaceOfTheLiving() throws {
    let second = try fixture.reopen()
    let free = try #require(try second.freeSpace())
    var upload: (any Upload)? = try first.beginUpload(to: .packs)
    try upload?.append([UInt8](repeating: 1, count: 3 << 20))
    let staged = try #require(try second.listStagedUploads().uploads.first)
    #expect(staged.size >= 2 << 20)
    try second.removeStagedUpload(staged)
    #expect(try second.listStagedUploads().uploads == [])
    #expect(try #require(try second.freeSpace()) <= free - (2 << 20))
    // What its process writes meanwhile lands nowhere else.
    let filler = try ObjectName(.packs, "ff")
    let rest = Int(try #require(try second.freeSpace()))
    try second.put(filler, [UInt8](repeating: 9, count: rest))
    try? upload?.append([UInt8](repeating: 1, count: 1 << 20))
    let commit = upload
    expect(.uploadRemoved) { () throws(BackendError) in _ = try commit?.commit(as: ObjectName(.packs, "ab")) }
    #expect(try second.getWhole(filler, limit: rest) == [UInt8](repeating: 9, count: rest))
    upload = nil
    try second.delete(filler)
    #expect(try second.freeSpace() == free)
    #expect(try second.list(.packs) == Listing(objects: []))
  }

  @Test("find the uploads of those that have died, and give their space back")
  func removeUploadsOfTheDead() throws {
    let free = try first.freeSpace()
    let name = try ObjectName(.packs, "ab01")
    let driver = try #require(builtProgram("BackendCommit"))
    // Killed when it has written its second MiB.
    let result = run(
      [
        "strace", "-f", "-o", "/dev/null", "-e", "trace=pwrite64", "-e", "inject=pwrite64:signal=KILL:when=5",
        driver, "blockdev:" + fixture.path, name.name, String(2 << 20),
      ])
    #expect(try #require(result).output == "")
    let staged = try first.listStagedUploads().uploads
    #expect(staged.count == 1)
    #expect(try VolumeCheck(at: fixture.path).findings.map(\.code) == [.stagedUpload])
    for upload in staged { try first.removeStagedUpload(upload) }
    #expect(try first.freeSpace() == free)
    #expect(try first.list(.packs) == Listing(objects: []))
  }

  @Test("write nothing to a volume that was made over theirs, or put back, or to an image that came to its path")
  func noticeAnotherVolume() throws {
    let other = try BlockDeviceFixture(size: 16 << 20)
    let name = try ObjectName(.packs, "ab01")
    for state in 0..<4 {
      let fixture = try BlockDeviceFixture(size: 16 << 20)
      try fixture.backend.put(.config, [1])
      // One that has written before, and one that has only looked.
      let clients = [fixture.backend, try fixture.reopen()]
      let upload = try clients[0].beginUpload(to: .packs)
      try upload.append([1])
      switch state {
      case 0: try Volume.format(at: fixture.path, label: "", created: 0)
      case 1:
        // Of another generation.
        try Volume.format(at: fixture.path, label: "", created: 0)
        try VolumeCheck.repair(at: fixture.path)
      case 2:
        let bytes = try fixture.image()
        try VolumeCheck.repair(at: fixture.path)
        _ = try clients.map { client throws in try client.list(.packs) }
        try fixture.overwrite(at: 0, with: bytes)
      default: try #require(rename(other.path, fixture.path) == 0)
      }
      let before = try fixture.image()
      expect(.volumeReplaced) { () throws(BackendError) in try clients[1].delete(name) }
      if state < 3 {
        expect(.volumeReplaced) { () throws(BackendError) in _ = try upload.commit(as: name) }
        for client in clients { expect(.volumeReplaced) { () throws(BackendError) in _ = try client.list(.packs) } }
      }
      #expect(try fixture.image() == before, "state \(state)")
    }
  }

  @Test("keep only one of them from making a repository")
  func makeOneRepository() throws {
    let fresh = try BlockDeviceFixture(size: 16 << 20)
    expect(.inUse) { () throws(BackendError) in _ = try BlockDeviceBackend.create(at: fresh.path) }
    try fresh.backend.put(ObjectName(.keys, "ab"), [1])
    try fresh.backend.put(.config, [1])
    expect(.repositoryExists) { () throws(BackendError) in _ = try BlockDeviceBackend.create(at: fresh.path) }
  }
}

extension BlockDeviceFixture {
  /// How often the log has moved, about.
  func generation() throws -> UInt64 { try Volume(at: path).summary().superblock.generation }
}
