import FileSystem
import Glibc
import Testing

@Suite struct ExtendedAttributeTests {
  @Test("attributes come back in the order of their names, with any bytes as values")
  func roundTrip() throws {
    let temporary = try TemporaryDirectory()
    let file = try temporary.root.createFile("file")
    let name = try #require(PathBytes(Array("user.".utf8) + [0xFF, 0xC3]))
    let attributes = [
      ExtendedAttribute(name: "user.b", value: []),
      ExtendedAttribute(name: "user.long", value: (0..<2500).map { UInt8(truncatingIfNeeded: $0) }),
      ExtendedAttribute(name: name, value: [0, 0xFF]),
    ]
    #expect(try file.extendedAttributes() == [])
    for attribute in attributes.reversed() { try file.setExtendedAttribute(attribute) }
    #expect(try file.extendedAttributes() == attributes)
    #expect(try temporary.root.extendedAttributes(of: "file") == attributes)
    try file.setExtendedAttribute(ExtendedAttribute(name: "user.b", value: [1]))
    try file.removeExtendedAttribute(name)
    try temporary.root.removeExtendedAttribute("user.long", of: "file")
    #expect(try file.extendedAttributes() == [ExtendedAttribute(name: "user.b", value: [1])])
  }

  @Test("many names, more than a small buffer takes, are all listed")
  func manyNames() throws {
    let temporary = try TemporaryDirectory()
    let filler = String(repeating: "x", count: 100)
    let attributes = try (10..<30).map {
      ExtendedAttribute(name: try #require(PathBytes("user.\($0)\(filler)")), value: [1])
    }
    try temporary.root.createDirectory("directory")
    let directory = try temporary.root.openDirectory("directory")
    for attribute in attributes { try directory.setExtendedAttribute(attribute) }
    #expect(try directory.extendedAttributes() == attributes)
  }

  @Test("links and devices have attributes of their own", .enabled(if: isRoot))
  func specialFiles() throws {
    let temporary = try TemporaryDirectory()
    try temporary.write([1], to: "file")
    try temporary.root.createSymbolicLink("link", to: "file")
    try temporary.root.createFIFO("pipe")
    let attribute = ExtendedAttribute(name: "trusted.test", value: [1, 2, 3])
    for name in ["link", "pipe"] as [FileName] {
      try temporary.root.setExtendedAttribute(attribute, of: name)
      #expect(try temporary.root.extendedAttributes(of: name) == [attribute])
    }
    #expect(try temporary.root.extendedAttributes(of: "file") == [])
    #expect(
      code { () throws(FileSystemError) in
        try temporary.root.setExtendedAttribute(ExtendedAttribute(name: "user.a", value: []), of: "link")
      } == .permissionDenied)
  }

  @Test("security attributes are kept: a file capability", .enabled(if: isRoot))
  func capabilities() throws {
    let temporary = try TemporaryDirectory()
    let file = try temporary.root.createFile("file")
    // Version 2, effective; cap_net_bind_service (bit 10) permitted.
    let value: [UInt8] = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    let capability = ExtendedAttribute(name: "security.capability", value: value)
    try file.setExtendedAttribute(capability)
    #expect(try file.extendedAttributes() == [capability])
  }

  @Test("access control lists are attributes, and govern the group bits of the mode")
  func accessControlLists() throws {
    let temporary = try TemporaryDirectory()
    try temporary.root.createDirectory("directory")
    let directory = try temporary.root.openDirectory("directory")
    let list = ExtendedAttribute(name: "system.posix_acl_access", value: accessList)
    let inherited = ExtendedAttribute(name: "system.posix_acl_default", value: accessList)
    try directory.setExtendedAttribute(list)
    try directory.setExtendedAttribute(inherited)
    #expect(try directory.extendedAttributes() == [list, inherited])
    #expect(try directory.status().permissions == 0o770)
  }

  /// user::rwx, user:1234:r-x, group::r--, mask::rwx, other::---
  private var accessList: [UInt8] {
    let none = UInt32.max
    let entries: [(tag: UInt16, permissions: UInt16, number: UInt32)] = [
      (0x01, 7, none), (0x02, 5, 1234), (0x04, 4, none), (0x10, 7, none), (0x20, 0, none),
    ]
    var bytes: [UInt8] = [2, 0, 0, 0]
    for entry in entries {
      withUnsafeBytes(of: entry.tag.littleEndian) { bytes += $0 }
      withUnsafeBytes(of: entry.permissions.littleEndian) { bytes += $0 }
      withUnsafeBytes(of: entry.number.littleEndian) { bytes += $0 }
    }
    return bytes
  }

  @Test("where a file system has no attributes there are none")
  func unsupported() throws {
    #expect(try Directory(at: "/proc").extendedAttributes() == [])
    #expect(try Directory(at: "/proc").extendedAttributes(of: "version") == [])
  }
}
