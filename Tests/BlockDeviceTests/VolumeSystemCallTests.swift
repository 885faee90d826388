import BackendTestSupport
import Glibc
import TestSupport
import Testing

@testable import Backend

/// What a commit does to the device, seen and disturbed from outside by strace.
@Suite("The system calls of a commit to a volume")
struct VolumeSystemCallTests {
  let fixture: BlockDeviceFixture
  let pack: ObjectName
  static let small = 100_000
  static let large = 1 << 20

  init() throws {
    fixture = try BlockDeviceFixture(size: 32 << 20)
    pack = try ObjectName(.packs, "ab01")
    try fixture.backend.put(.config, [1])
  }

  @Test("flush the bytes before the record that names them, and that before returning", arguments: [small, large])
  func areInOrder(size: Int) throws {
    let superblock = try Volume(at: fixture.path).summary().superblock
    let calls = try commit(size: size).calls
    let copies = superblock.logCopies.map { copy in
      calls.indices.filter { Self.offset(of: calls[$0]).map { copy.start * 4_096..<copy.end * 4_096 ~= $0 } == true }
    }
    // The last record is the one that names the object.
    let records = try copies.map { try #require($0.last) }
    let data = calls.indices.filter { call in
      Self.offset(of: calls[call]) != nil && !copies.joined().contains(call)
    }
    let flushes = calls.indices.filter { calls[$0].hasPrefix("fdatasync(") }
    let told = try #require(calls.firstIndex { $0.hasPrefix("write(1<") })
    let last = try #require(data.last)
    #expect(flushes.contains { last < $0 && $0 < records[0] }, "\(calls.joined(separator: "\n"))")
    #expect(flushes.contains { records[1] < $0 && $0 < told }, "\(calls.joined(separator: "\n"))")
    #expect(data.count >= (size == Self.small ? 1 : 3))
  }

  @Test("change nothing unless the device is locked")
  func areLocked() throws {
    let superblock = try Volume(at: fixture.path).summary().superblock
    let calls = try commit(size: Self.large).calls
    var isLocked = false
    for call in calls {
      if call.hasPrefix("flock(") { isLocked = call.contains("LOCK_EX") }
      guard let offset = Self.offset(of: call) else { continue }
      let isLog = superblock.logCopies.contains { $0.start * 4_096..<$0.end * 4_096 ~= offset }
      #expect(!isLog || isLocked, "\(call)")
    }
  }

  @Test(
    "publish nothing when the bytes can't be written or flushed, and never flush again what was lost",
    arguments: [small, large])
  func failCleanly(size: Int) throws {
    // Stage records come before the bytes of a large upload: one in each copy of the log.
    let firstData = size == Self.small ? 1 : 3
    for (injection, code) in [
      ("pwrite64:error=EIO:when=\(firstData)", "io"), ("pwrite64:error=ENOSPC:when=\(firstData)", "noSpace"),
      ("fdatasync:error=EIO:when=1", "io"),
    ] {
      #expect(try commit(injection, size: size).output == code, "\(injection)")
      #expect(try fixture.reopen().list(.packs).objects == [], "\(injection)")
      #expect(try fixture.reopen().listStagedUploads() == StagingListing(uploads: []), "\(injection)")
    }
    #expect(try commit(size: size).output == "created")
  }

  @Test("fail when the record can't be written or flushed, and settle what became of it when they are made again")
  func failAtTheRecord() throws {
    for injection in ["pwrite64:error=EIO:when=2", "pwrite64:error=EIO:when=3", "fdatasync:error=EIO:when=2"] {
      #expect(try commit(injection, size: Self.small).output == "io", "\(injection)")
      let stands = try fixture.reopen().list(.packs).objects
      #expect(stands.allSatisfy { $0.size == UInt64(3 * Self.small) })
      #expect(try commit(size: Self.small).output == (stands.isEmpty ? "created" : "alreadyExists"), "\(injection)")
      #expect(try VolumeCheck(at: fixture.path).findings == [], "\(injection)")
      try fixture.backend.delete(pack)
    }
  }

  @Test("leave a whole object or none when the process is killed at any of them", arguments: [small, large])
  func surviveKill(size: Int) throws {
    for call in ["pwrite64", "fdatasync", "flock"] {
      for count in 1... {
        let output = try commit("\(call):signal=KILL:when=\(count)", size: size).output
        let backend = try fixture.reopen()
        let listed = try backend.list(.packs).objects
        if !listed.isEmpty {
          #expect(listed == [ListedObject(name: pack, size: UInt64(3 * size))], "killed at \(call) \(count)")
        }
        for staged in try backend.listStagedUploads().uploads { try backend.removeStagedUpload(staged) }
        let again = try commit(size: size).output
        #expect(again == (listed.isEmpty ? "created" : "alreadyExists"), "after a kill at \(call) \(count)")
        try backend.delete(pack)
        if !output.isEmpty {
          #expect(count > 1, "\(call) was never reached")
          break
        }
      }
    }
    #expect(try VolumeCheck(at: fixture.path).findings == [])
  }

  @Test(
    "go on elsewhere when a block of the log, or of the next one's place, can't be written to any more",
    arguments: [1, 2])
  func moveAwayFromBadBlocks(badWrites: Int) throws {
    // The record is in the first copy only, and that of it which the next process tries fails.
    #expect(try commit("pwrite64:error=EIO:when=3", size: Self.small).output == "io")
    let generation = try fixture.generation()
    #expect(try commit("pwrite64:error=EIO:when=1..\(badWrites)", size: Self.small).output == "alreadyExists")
    #expect(try fixture.generation() > generation)
    #expect(try VolumeCheck(at: fixture.path).findings == [])
  }

  @Test("make durable which log counts, before the one before it is written over")
  func settleSuperblocks() throws {
    let old = try Volume(at: fixture.path).summary().superblock
    try VolumeCheck.repair(at: fixture.path)
    let new = try Volume(at: fixture.path).summary().superblock
    #expect(new.spares == old.logCopies)
    // Its writer was cut off before he had flushed the first of the two.
    try fixture.overwrite(at: VolumeLayout.superblockOffsets[1], with: old.encoded)
    #expect(try commit("pwrite64:error=EIO:when=3", size: Self.small).output == "io")
    let (output, calls) = try commit("pwrite64:error=EIO:when=1", size: Self.small)
    #expect(output == "alreadyExists")
    let overwriting = try #require(
      calls.firstIndex { call in
        Self.offset(of: call).map { offset in
          new.spares.contains { $0.start * 4_096..<$0.end * 4_096 ~= offset }
        } == true
      })
    let before = calls[..<overwriting].filter { Self.offset(of: $0) != nil || $0.hasPrefix("fdatasync(") }
    let steps = before.map { Self.offset(of: $0).map(String.init) ?? "flush" }
    #expect(Array(steps.suffix(5)) == ["flush", "0", "flush", "8384512", "flush"], "\(calls.joined(separator: "\n"))")
  }

  /// The offset of a write to the device.
  private static func offset(of call: String) -> UInt64? {
    guard call.hasPrefix("pwrite64("), let end = call.lastIndex(of: ")"),
      let comma = call[..<end].lastIndex(of: ",")
    else { return nil }
    return UInt64(call[call.index(comma, offsetBy: 2)..<end])
  }

  /// Runs the driver under strace; returns what it said and its system calls.
  private func commit(_ injection: String? = nil, size: Int) throws -> (output: String, calls: [String]) {
    let log = TemporaryDirectory()
    let inject = injection.map { ["-e", "inject=" + $0] } ?? []
    let driver = try #require(builtProgram("BackendCommit"))
    let result = run(
      ["strace", "-f", "-y", "-o", log.path + "/log", "-e", "trace=pwrite64,write,fdatasync,flock,fcntl"] + inject
        + [driver, "blockdev:" + fixture.path, pack.name, String(size)])
    let (output, _) = try #require(result, "strace can't be run: install it (Debian: apt-get install strace)")
    return (output.filter { $0 != "\n" }, try tracedCalls(log.path + "/log"))
  }
}
