import FileSystem
import Glibc
import Testing

@Suite struct MetadataTests {
  @Test("a status tells type, mode, links, size, times and device")
  func status() throws {
    let temporary = try TemporaryDirectory()
    try temporary.write([UInt8](repeating: 1, count: 5000), to: "file")
    try temporary.root.setPermissions(of: "file", 0o4751)
    try temporary.root.link("file", in: temporary.root, as: "second")
    let status = try temporary.root.status(of: "file")
    #expect(status.type == .regular)
    #expect(status.permissions == 0o4751)
    #expect(status.linkCount == 2)
    #expect(status.size == 5000)
    #expect(status.user == geteuid())
    #expect(try status.device == temporary.root.status().device)
    var reference = stat()
    #expect(fstatat(temporary.root.rawDescriptor, "file", &reference, AT_SYMLINK_NOFOLLOW) == 0)
    #expect(status.inode == reference.st_ino)
    #expect(status.blocks == UInt64(reference.st_blocks))
    #expect(status.group == reference.st_gid)
    #expect(status.changed.seconds == Int64(reference.st_ctim.tv_sec))
    #expect(status.changed.nanoseconds == UInt32(reference.st_ctim.tv_nsec))
    #expect(try temporary.root.openFile("second").statusAtOpen == status)
    #expect(try temporary.root.openFile("second").status() == status)
  }

  @Test("times are kept to the nanosecond, before 1970 too, and one can be left alone")
  func times() throws {
    let temporary = try TemporaryDirectory()
    try temporary.write([1], to: "file")
    try temporary.root.createSymbolicLink("link", to: "file")
    let early = Timestamp(seconds: -5, nanoseconds: 123_456_789)
    let late = Timestamp(seconds: 4_000_000_000, nanoseconds: 999_999_999)
    try temporary.root.setTimes(of: "link", access: late, modification: early)
    #expect(try temporary.root.status(of: "link").modified == early)
    #expect(try temporary.root.status(of: "file").modified > early)
    let file = try temporary.root.openFile("file")
    try file.setTimes(modification: late)
    #expect(try file.status().modified == late)
    try file.setTimes(access: early, modification: nil)
    #expect(try file.status().modified == late)
    #expect(early < late)
  }

  @Test("setting the owner clears setuid, and a mode set after it stays", .enabled(if: isRoot))
  func ownerBeforeMode() throws {
    let temporary = try TemporaryDirectory()
    try temporary.write([1], to: "file")
    let file = try temporary.root.openFile("file")
    try file.setPermissions(0o6755)
    try file.setOwner(user: 1234, group: 4321)
    #expect(try file.status().permissions == 0o755)
    try file.setPermissions(0o6755)
    let status = try temporary.root.status(of: "file")
    #expect(status.permissions == 0o6755)
    #expect((status.user, status.group) == (1234, 4321))
  }

  @Test("owner and mode of a link are its own and its target's stay", .enabled(if: isRoot))
  func linksThemselves() throws {
    let temporary = try TemporaryDirectory()
    try temporary.write([1], to: "file")
    try temporary.root.setPermissions(of: "file", 0o600)
    try temporary.root.createSymbolicLink("link", to: "file")
    try temporary.root.setOwner(of: "link", user: 77, group: 78)
    #expect(try temporary.root.status(of: "link").user == 77)
    #expect(try temporary.root.status(of: "file").user == 0)
    #expect(
      code { () throws(FileSystemError) in try temporary.root.setPermissions(of: "link", 0o777) } == .notSupported)
    #expect(try temporary.root.status(of: "file").permissions == 0o600)
  }

  @Test("device nodes keep type and number", .enabled(if: isRoot))
  func devices() throws {
    let temporary = try TemporaryDirectory()
    let null = DeviceNumber(major: 1, minor: 3)
    let large = DeviceNumber(major: 259, minor: 0x1_2345)
    try temporary.root.createCharacterDevice("null", null, mode: 0o600)
    try temporary.root.createBlockDevice("disk", large)
    let status = try temporary.root.status(of: "null")
    #expect(status.type == .characterDevice)
    #expect(status.representedDevice == null)
    #expect(status.permissions == 0o600)
    #expect(try temporary.root.status(of: "disk").representedDevice == large)
    #expect(try temporary.root.status(of: "disk").type == .blockDevice)
    #expect(code { () throws(FileSystemError) in _ = try temporary.root.openFile("null") } == .wrongType)
    #expect(DeviceNumber(rawValue: large.rawValue) == large)
  }

  @Test("an immutable file can't be changed until the flag is taken off", .enabled(if: isRoot))
  func immutableFlag() throws {
    let temporary = try TemporaryDirectory()
    try temporary.write([1], to: "file")
    let file = try temporary.root.openFile("file")
    let before = try #require(try file.inodeFlags())
    try file.setInodeFlags([.immutable, .noDump])
    let flags = try #require(try file.inodeFlags())
    let refusal = code { () throws(FileSystemError) in try temporary.root.removeFile("file") }
    try file.setInodeFlags([])
    #expect(flags.intersection(.settable) == [.immutable, .noDump])
    #expect(flags.subtracting(.settable) == before.subtracting(.settable))
    #expect(refusal == .permissionDenied)
    #expect(try file.inodeFlags() == before.subtracting(.settable))
  }

  @Test("where a file system has no inode flags there are none")
  func noInodeFlags() throws {
    #expect(try Directory(at: "/proc").inodeFlags() == nil)
  }

  @Test("a file system tells its room")
  func availableBytes() throws {
    #expect(try TemporaryDirectory().root.availableBytes() > 0)
  }

  @Test("accounts have names and numbers, and a missing one has none, twice")
  func accounts() {
    let names = AccountNames()
    for _ in 0..<2 {
      #expect(names.userName(0) == "root")
      #expect(names.user(named: "root") == 0)
      #expect(names.groupName(0) == "root")
      #expect(names.group(named: "root") == 0)
      #expect(names.userName(3_999_999_999) == nil)
      #expect(names.group(named: "no such group") == nil)
    }
  }
}
