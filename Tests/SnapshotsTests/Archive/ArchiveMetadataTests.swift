import CTestCalls
import FileSystem
import Format
import Glibc
import Snapshots
import TestSupport
import Testing

struct ArchiveMetadataTests {
  private let fixture: ArchiveFixture
  private var source: SourceDirectory { fixture.source }

  init() throws { fixture = try ArchiveFixture() }

  private func backUp() throws -> SnapshotContents {
    let taken = try fixture.backUp()
    #expect(taken.messages == [])
    return try fixture.contents(of: taken)
  }

  @Test("every field of a status comes out in the node")
  func status() throws {
    try source.write("file", "hello")
    chmod(source.full("file"), 0o6751)
    source.makeDirectory("directory")
    chmod(source.full("directory"), 0o1770)
    source.link("no/such/target", as: "link")
    mkfifo(source.full("fifo"), 0o640)
    source.setModified("fifo", seconds: 1, nanoseconds: 999_999_999)
    let contents = try backUp()
    #expect(contents.names == ["file", "directory", "link", "fifo"])
    for (name, type) in [
      ("file", Format.FileType.file), ("directory", .directory), ("link", .symbolicLink), ("fifo", .fifo),
    ] {
      let node = try contents.node(name)
      let status = try source.status(name)
      #expect(node.type == type)
      #expect(UInt32(node.mode) == status.st_mode & 0o7777, "\(name)")
      #expect((node.uid, node.gid) == (status.st_uid, status.st_gid))
      #expect(node.inode == UInt64(status.st_ino))
      #expect(node.linkCount == UInt64(status.st_nlink))
      #expect(node.device == UInt64(gnu_dev_major(status.st_dev)) << 32 | UInt64(gnu_dev_minor(status.st_dev)))
      #expect(node.mtime == Format.Timestamp(status.st_mtim), "\(name)")
      #expect(node.ctime == Format.Timestamp(status.st_ctim), "\(name)")
      #expect(node.size == (name == "file" ? 5 : 0))
    }
    #expect(try contents.node("link").content == .symbolicLink(Array("no/such/target".utf8)))
    #expect(contents.text("file") == "hello")
  }

  @Test(
    "times are kept to the nanosecond, before 1970 and far after it",
    arguments: [
      (-2, 500_000_000), (-1_000_000_000, 1), (0, 0), (0, 1), (8_000_000_000, 999_999_999),
    ])
  func times(seconds: Int, nanoseconds: Int) throws {
    try source.write("file", "")
    source.setModified("file", seconds: seconds, nanoseconds: nanoseconds)
    source.makeDirectory("directory")
    source.setModified("directory", seconds: seconds, nanoseconds: nanoseconds)
    source.link("x", as: "link")
    source.setModified("link", seconds: seconds, nanoseconds: nanoseconds)
    let stored = try source.status("file").st_mtim
    try #require(stored.tv_sec == seconds && stored.tv_nsec == nanoseconds)
    let contents = try backUp()
    for name in ["file", "directory", "link"] {
      let expected = Format.Timestamp(seconds: Int64(seconds), nanoseconds: UInt32(nanoseconds))
      #expect(try contents.node(name).mtime == expected, "\(name)")
    }
  }

  @Test("the birth time is kept where the file system has one")
  func birthTime() throws {
    try source.write("file", "")
    let directory = try Directory(at: source.bytes())
    let born = try directory.status(of: "file").born
    #expect(
      try backUp().node("file").birthTime
        == born.map { Format.Timestamp(seconds: $0.seconds, nanoseconds: $0.nanoseconds) })
  }

  @Test("names are bytes: not UTF-8, control characters, 255 bytes")
  func names() throws {
    let names: [[UInt8]] = [
      [0xFF, 0xFE], Array("a\nb\u{1B}[31m".utf8), Array("\u{E9}".utf8), [UInt8](repeating: 0x80, count: 255),
      [0x5C], [0x20],
    ]
    for name in names {
      let path = Array(source.path.utf8) + [0x2F] + name + [0]
      let descriptor = path.withUnsafeBufferPointer { bytes in
        bytes.withMemoryRebound(to: CChar.self) { $0.baseAddress.map { open($0, O_CREAT | O_WRONLY, 0o644) } ?? -1 }
      }
      try #require(descriptor >= 0)
      Glibc.write(descriptor, name, name.count)
      close(descriptor)
    }
    let contents = try backUp()
    #expect(contents.names == Set(names.map { PathText.escape($0) }))
    for name in names { #expect(contents.files[PathText.escape(name)] == name) }
  }

  @Test("extended attributes of files, directories and access control lists are kept")
  func attributes() throws {
    try source.write("file", "x")
    source.makeDirectory("directory")
    let large = [UInt8](repeating: 0xAB, count: 2000)
    for name in ["file", "directory"] {
      try setAttribute("user.empty", [], of: name)
      try setAttribute("user.large", large, of: name)
      try setAttribute("user.\u{E9}", [0, 1, 255], of: name)
    }
    let list = accessControlList(user: 1234)
    try setAttribute("system.posix_acl_access", list, of: "file")
    try setAttribute("system.posix_acl_default", list, of: "directory")
    let contents = try backUp()
    for (name, acl) in [("file", "system.posix_acl_access"), ("directory", "system.posix_acl_default")] {
      let found = try contents.node(name).extendedAttributes
      let expected = [(acl, list), ("user.empty", []), ("user.large", large), ("user.\u{E9}", [0, 1, 255])]
      for (attribute, value) in expected {
        #expect(found.first { $0.name == Array(attribute.utf8) }?.value == value, "\(name) \(attribute)")
      }
      #expect(found.map(\.name) == found.map(\.name).sorted { $0.lexicographicallyPrecedes($1) })
    }
  }

  @Test("attributes of symbolic links and device files are kept", .enabled(if: geteuid() == 0))
  func attributesOfOthers() throws {
    source.link("x", as: "link")
    mknod(source.full("device"), S_IFCHR | 0o600, gnu_dev_makedev(1, 3))
    try setAttribute("trusted.firn", [1], of: "link")
    try setAttribute("trusted.firn", [2], of: "device")
    let contents = try backUp()
    let attribute = Array("trusted.firn".utf8)
    #expect(try contents.node("link").extendedAttributes.first { $0.name == attribute }?.value == [1])
    #expect(try contents.node("device").extendedAttributes.first { $0.name == attribute }?.value == [2])
  }

  @Test("devices keep their numbers", .enabled(if: geteuid() == 0))
  func devices() throws {
    try #require(mknod(source.full("character"), S_IFCHR | 0o620, gnu_dev_makedev(1, 3)) == 0)
    try #require(mknod(source.full("block"), S_IFBLK | 0o600, gnu_dev_makedev(259, 70_000)) == 0)
    let contents = try backUp()
    #expect(try contents.node("character").type == .characterDevice)
    #expect(try contents.node("character").content == .device(major: 1, minor: 3))
    #expect(try contents.node("block").type == .blockDevice)
    #expect(try contents.node("block").content == .device(major: 259, minor: 70_000))
  }

  @Test("a socket is a node")
  func socket() throws {
    let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: source.full("socket").utf8) }
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(bound == 0)
    #expect(try backUp().node("socket").type == .socket)
  }

  @Test("inode flags are kept, those that can be set again and no others")
  func inodeFlags() throws {
    let noDump: UInt32 = 0x40
    let noAccessTime: UInt32 = 0x80
    try source.write("flagged", "x")
    try source.write("plain", "x")
    source.makeDirectory("directory")
    try setFlags(noDump | noAccessTime, of: "flagged")
    try setFlags(noDump, of: "directory")
    let contents = try backUp()
    #expect(try contents.node("flagged").inodeFlags == noDump | noAccessTime)
    #expect(try contents.node("directory").inodeFlags == noDump)
    #expect(try contents.node("plain").inodeFlags == nil)
  }

  @Test("names of one file share type, device, inode and link count, and its content is stored once")
  func hardLinks() throws {
    var random = SeededGenerator(seed: 3)
    let content = random.bytes(50_000)
    try source.write("one", content)
    source.makeDirectory("below")
    for name in ["two", "below/three"] { try #require(link(source.full("one"), source.full(name)) == 0) }
    try source.write("other", content)
    let contents = try backUp()
    let nodes = try ["one", "two", "below/three"].map { try contents.node($0) }
    #expect(Set(nodes.map(\.inode)).count == 1)
    #expect(Set(nodes.map(\.device)).count == 1)
    #expect(nodes.allSatisfy { $0.linkCount == 3 && $0.content == nodes[0].content })
    #expect(try contents.node("other").linkCount == 1)
    #expect(try contents.node("other").inode != nodes[0].inode)
    #expect(contents.files["below/three"] == content)
  }

  @Test("owners are named in the leaf that needs them", .enabled(if: geteuid() == 0))
  func owners() throws {
    try source.write("mine", "")
    try source.write("nobody's", "")
    chown(source.full("nobody's"), 4_000_000_000, 4_000_000_001)
    let contents = try backUp()
    let mine = try #require(contents.entries["mine"])
    #expect(mine.owners.user(0) == "root")
    #expect(try contents.node("nobody's").uid == 4_000_000_000)
    #expect(try contents.node("nobody's").gid == 4_000_000_001)
    #expect(mine.owners.user(4_000_000_000) == nil)
  }

  private func setAttribute(_ attribute: String, _ value: [UInt8], of name: String) throws {
    try #require(lsetxattr(source.full(name), attribute, value, value.count, 0) == 0, "\(attribute) of \(name)")
  }

  /// An access control list that gives a user the right to read, as the kernel encodes it.
  private func accessControlList(user: UInt32) -> [UInt8] {
    let anybody = UInt32.max
    let entries: [(tag: UInt16, rights: UInt16, id: UInt32)] = [
      (1, 6, anybody), (2, 4, user), (4, 4, anybody), (0x10, 6, anybody), (0x20, 4, anybody),
    ]
    var list: [UInt8] = [2, 0, 0, 0]
    for entry in entries {
      list += [UInt8(entry.tag), 0, UInt8(entry.rights), 0]
      list += (0..<4).map { UInt8(truncatingIfNeeded: entry.id >> ($0 * 8)) }
    }
    return list
  }

  private func setFlags(_ flags: UInt32, of name: String) throws {
    let descriptor = open(source.full(name), O_RDONLY)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    try #require(test_set_inode_flags(descriptor, flags) == 0)
  }
}

extension Format.Timestamp {
  fileprivate init(_ time: timespec) {
    self.init(seconds: Int64(time.tv_sec), nanoseconds: UInt32(time.tv_nsec))
  }
}
