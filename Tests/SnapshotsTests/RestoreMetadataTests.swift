import FileSystem
import Format
import Glibc
import Repository
import Snapshots
import Testing

/// What only root can restore is tested as root only.
struct RestoreMetadataTests {
  private let target = TemporaryDirectory()
  private let stored: TestRepository

  init() throws { stored = try TestRepository() }

  private func restore(
    _ entries: [TestNode], _ change: (inout RestoreOptions) -> Void = { _ in }
  ) throws -> ToldOutcome {
    var options = RestoreOptions()
    change(&options)
    return try stored.restore(try stored.store(entries), to: target.bytes("out"), options)
  }

  private func attributes(_ name: String) throws -> [String: [UInt8]] {
    let found = try Directory(at: target.bytes("out")).extendedAttributes(of: #require(FileName(name)))
    return Dictionary(uniqueKeysWithValues: found.map { ($0.name.escaped, $0.value) })
  }

  @Test("hard links come back as links, also over directories, and a second restore keeps them")
  func hardLinks() throws {
    let name = { (name: String) in
      TestNode.file(name, "shared").with {
        $0.inode = 42
        $0.linkCount = 3
      }
    }
    let entries: [TestNode] = [.directory("a", [name("one")]), .directory("b", [name("two")]), name("three")]
    #expect(try restore(entries).errorCount == 0)
    let inode = try #require(target.status("out/a/one")).st_ino
    #expect(target.status("out/b/two")?.st_ino == inode && target.status("out/three")?.st_ino == inode)
    #expect(target.text("out/three") == "shared")
    let again = try restore(entries)
    #expect(again.files == 0 && again.skipped == 3)
    try target.write("out/a/one", "changed")
    #expect(try restore(entries).errorCount == 0)
    #expect(target.text("out/b/two") == "shared")
    #expect(target.status("out/a/one")?.st_ino == target.status("out/three")?.st_ino)
  }

  /// Two names each of a link, a pipe, a socket and a device, in two directories.
  private var linkedOthers: [TestNode] {
    let nodes: [TestNode] = [
      .link("link", to: "nowhere"), TestNode(name: Array("pipe".utf8), kind: .other(.fifo, .none), mode: 0o640),
      TestNode(name: Array("sock".utf8), kind: .other(.socket, .none), mode: 0o600),
      TestNode(name: Array("null".utf8), kind: .other(.characterDevice, .device(major: 1, minor: 3))),
    ]
    // All have one inode number, as if it was used again during the backup: another type is another object.
    let names = nodes.map { node in
      node.with {
        $0.inode = 42
        $0.linkCount = 2
      }
    }
    return [.directory("a", names), .directory("b", names)]
  }

  @Test(
    "other names of links, pipes, sockets and devices come back as hard links, and a second restore changes nothing",
    .enabled(if: geteuid() == 0))
  func hardLinksOfOthers() throws {
    let names = ["link", "pipe", "sock", "null"]
    let first = try restore(linkedOthers) { $0.privileges = .all }
    #expect(first.errorCount == 0 && first.others == 8 && first.files == 0)
    let before = try names.map { try #require(target.status("out/a/\($0)")) }
    #expect(Set(before.map(\.st_ino)).count == 4)
    #expect(before.map { $0.st_mode & S_IFMT } == [S_IFLNK, S_IFIFO, S_IFSOCK, S_IFCHR])
    #expect(before.allSatisfy { $0.st_nlink == 2 && $0.st_mtim.tv_sec == 1_600_000_000 })
    #expect(names.map { target.status("out/b/\($0)")?.st_ino } == before.map(\.st_ino))
    let again = try restore(linkedOthers) { $0.privileges = .all }
    #expect(again.errorCount == 0 && again.others == 0 && again.skipped == 8)
    for (name, old) in zip(names, before) {
      let now = try #require(target.status("out/a/\(name)"))
      #expect(now.st_ino == old.st_ino && now.st_nlink == 2, "\(name)")
      #expect(now.st_ctim.tv_sec == old.st_ctim.tv_sec && now.st_ctim.tv_nsec == old.st_ctim.tv_nsec, "\(name)")
    }
  }

  @Test("a dry run foresees the hard links; where devices may not be made no name of them is")
  func hardLinksPlanned() throws {
    target.makeDirectory("out")
    target.makeDirectory("out/b")
    symlink("other", target.full("out/b/link"))
    let plan = try restore(linkedOthers) { $0.isDryRun = true }
    #expect(target.status("out/a") == nil && target.target("out/b/link") == "other")
    let done = try restore(linkedOthers)
    #expect(done.errorCount == 0 && done.others == 6 && done.devicesSkipped == 2)
    #expect((plan.errorCount, plan.others, plan.devicesSkipped) == (done.errorCount, done.others, done.devicesSkipped))
    #expect(target.target("out/b/link") == "nowhere")
    #expect(target.status("out/a/link")?.st_ino == target.status("out/b/link")?.st_ino)
  }

  @Test("a name that isn't a hard link any more becomes one again; a left original is not linked")
  func hardLinksMended() throws {
    _ = try restore(linkedOthers)
    unlink(target.full("out/b/link"))
    symlink("nowhere", target.full("out/b/link"))
    #expect(try restore(linkedOthers) { $0.overwrite = .ifNewer }.others == 0)
    #expect(target.status("out/b/link")?.st_nlink == 1, "the newer one stays")
    #expect(try restore(linkedOthers).others == 1)
    #expect(target.status("out/a/link")?.st_ino == target.status("out/b/link")?.st_ino)
    unlink(target.full("out/a/link"))
    unlink(target.full("out/b/link"))
    symlink("other", target.full("out/a/link"))
    #expect(try restore(linkedOthers) { $0.overwrite = .never }.others == 1)
    #expect(target.target("out/a/link") == "other" && target.target("out/b/link") == "nowhere")
  }

  @Test("extended attributes come back on files and directories, and those not recorded go")
  func extendedAttributes() throws {
    let attribute = Format.ExtendedAttribute(name: Array("user.note".utf8), value: [1, 0, 2])
    let entries: [TestNode] = [
      .file("f", "x").with { $0.attributes = [attribute] }, .directory("d", []).with { $0.attributes = [attribute] },
    ]
    #expect(try restore(entries).errorCount == 0)
    #expect(try attributes("f") == ["user.note": [1, 0, 2]])
    #expect(try attributes("d") == ["user.note": [1, 0, 2]])
    let file = try Directory(at: target.bytes("out")).openFile("f", for: .readWrite)
    try file.setExtendedAttribute(FileSystem.ExtendedAttribute(name: "user.other", value: [9]))
    target.setModified("out/f", seconds: 1)
    #expect(try restore(entries).errorCount == 0)
    #expect(try attributes("f") == ["user.note": [1, 0, 2]])
  }

  @Test("privileged attributes, set-uid bits and devices need root and being asked for", .enabled(if: geteuid() == 0))
  func privileges() throws {
    let attribute = Format.ExtendedAttribute(name: Array("trusted.t".utf8), value: [5])
    let entries: [TestNode] = [
      .file("f", "x").with {
        $0.attributes = [attribute]
        $0.mode = 0o4755
        $0.uid = 1234
      },
      TestNode(name: Array("null".utf8), kind: .other(.characterDevice, .device(major: 1, minor: 3))),
      TestNode(name: Array("pipe".utf8), kind: .other(.fifo, .none), mode: 0o640),
      TestNode(name: Array("sock".utf8), kind: .other(.socket, .none), mode: 0o600),
    ]
    let outcome = try restore(entries)
    #expect(outcome.devicesSkipped == 1 && outcome.others == 2 && outcome.errorCount == 0)
    #expect(target.status("out/f")?.st_mode == S_IFREG | 0o755)
    #expect(target.status("out/f")?.st_uid == 1234)
    #expect(target.status("out/pipe")?.st_mode == S_IFIFO | 0o640)
    #expect(target.status("out/sock")?.st_mode == S_IFSOCK | 0o600)
    #expect(try attributes("f").isEmpty)
    let asked = try restore(entries) { $0.privileges = .all }
    #expect(asked.errorCount == 0 && asked.others == 1)
    #expect(target.status("out/f")?.st_mode == S_IFREG | 0o4755)
    #expect(try attributes("f") == ["trusted.t": [5]])
    #expect(target.status("out/null")?.st_mode == S_IFCHR | 0o644)
    #expect(target.status("out/null")?.st_rdev == 0x103)
    _ = try restore(entries) {
      $0.privileges = .all
      $0.ownership = .none
    }
    #expect(target.status("out/f")?.st_mode == S_IFREG | 0o755, "no set-uid without the owner")
  }

  @Test("owners are found by name, by number where asked or where the name is unknown", .enabled(if: geteuid() == 0))
  func owners() throws {
    let daemon = try #require(AccountNames().user(named: "daemon"))
    stored.owners = ([OwnerName(id: 4321, name: Array("daemon".utf8)), OwnerName(id: 4322, name: Array("?".utf8))], [])
    let entries: [TestNode] = [
      .file("known", "").with { $0.uid = 4321 }, .file("unknown", "").with { $0.uid = 4322 },
      .link("link", to: "x").with { $0.uid = 4321 },
    ]
    _ = try restore(entries)
    #expect(target.status("out/known")?.st_uid == daemon && target.status("out/link")?.st_uid == daemon)
    #expect(target.status("out/unknown")?.st_uid == 4322)
    _ = try restore(entries) { $0.ownership = .numeric }
    #expect(target.status("out/known")?.st_uid == 4321)
  }

  @Test(
    "a default access control list, of the target or of what it is made in, doesn't leak into what is restored",
    .enabled(if: geteuid() == 0), arguments: ["out", "."])
  func inheritedAttributes(from place: String) throws {
    if place == "out" { target.makeDirectory("out") }
    // Owner rwx, user 1234 rwx, group r-x, mask rwx, others r-x.
    let list = accessList([(1, 7, .max), (2, 7, 1234), (4, 5, .max), (16, 7, .max), (32, 5, .max)])
    let giver = try Directory(at: target.bytes(place))
    try giver.setExtendedAttribute(FileSystem.ExtendedAttribute(name: "system.posix_acl_default", value: list))
    #expect(try restore([.directory("d", [.file("f", "x")]), .file("g", "y")]).errorCount == 0)
    #expect(try attributes("d").isEmpty && attributes("g").isEmpty)
    #expect(try Directory(at: target.bytes("out/d")).extendedAttributes(of: "f").isEmpty)
  }

  /// An access control list: version 2, then tag, rights and id of each entry.
  private func accessList(_ entries: [(tag: UInt8, rights: UInt8, id: UInt32)]) -> [UInt8] {
    entries.reduce(into: [2, 0, 0, 0]) { list, entry in
      list += [entry.tag, 0, entry.rights, 0] + (0..<4).map { UInt8(truncatingIfNeeded: entry.id >> (8 * $0)) }
    }
  }

  @Test(
    "content comes back where the file system takes no attributes, with all else; what is lacking is told once for each entry",
    .enabled(if: geteuid() == 0))
  func noAttributes() throws {
    target.makeDirectory("out")
    try #require(mount("none", target.full("out"), "ramfs", 0, nil) == 0)
    defer { umount(target.full("out")) }
    let note = [("user.one", [1]), ("user.two", [2])].map { Format.ExtendedAttribute(name: Array($0.utf8), value: $1) }
    // Owner rw-, user 1234 rw-, group r--, mask rw-, others r--: the group's digit of the mode is the mask.
    let list = accessList([(1, 6, .max), (2, 6, 1234), (4, 4, .max), (16, 6, .max), (32, 4, .max)])
    let access = Format.ExtendedAttribute(name: Array("system.posix_acl_access".utf8), value: list)
    let outcome = try restore([
      .file("f", "important").with { $0.attributes = note },
      .directory("d", [.file("plain", "plain")]).with {
        $0.attributes = note
        $0.mode = 0o750
      },
      .file("listed", "x").with {
        $0.attributes = [access]
        $0.mode = 0o664
      },
    ])
    #expect(outcome.files == 3 && outcome.directories == 1 && outcome.errorCount == 3)
    let told = outcome.failures.map { (String(decoding: $0.path, as: UTF8.self), "\($0.error)") }
    #expect(Set(told.map(\.0)) == ["/f", "/d", "/listed"])
    let file = try #require(told.first { $0.0 == "/f" }?.1)
    #expect(file.contains("user.one (Operation not supported), user.two (Operation not supported)"), "\(file)")
    #expect(target.text("out/f") == "important" && target.text("out/d/plain") == "plain")
    #expect(target.status("out/d")?.st_mode == S_IFDIR | 0o750)
    for name in ["f", "d", "listed"] { #expect(target.status("out/\(name)")?.st_mtim.tv_sec == 1_600_000_000) }
    #expect(target.status("out/listed")?.st_mode == S_IFREG | 0o644, "the group gets no more than it had")
  }

  @Test("an attribute that is too large for the file system is no full disk", .enabled(if: geteuid() == 0))
  func largeAttribute() throws {
    target.makeDirectory("out")
    // There attributes take their room from that for inodes.
    let options = strdup("nr_inodes=16")
    defer { free(options) }
    try #require(mount("none", target.full("out"), "tmpfs", 0, options) == 0)
    defer { umount(target.full("out")) }
    let large = Format.ExtendedAttribute(name: Array("user.big".utf8), value: [UInt8](repeating: 7, count: 30_000))
    let outcome = try restore([.file("a", "first").with { $0.attributes = [large] }, .file("b", "second")])
    #expect(outcome.errorCount == 1 && outcome.failures.first?.path == Array("/a".utf8))
    #expect(outcome.failures.first.map { "\($0.error)".contains("user.big (") } == true)
    #expect(target.text("out/a") == "first" && target.text("out/b") == "second")
  }
}
