import FileSystem
import Format
import Glibc
import Repository
@testable import Snapshots
import Testing

/// Archives are checked by what GNU tar makes of them.
struct TarWriterTests {
  private let directory = TemporaryDirectory()
  private let stored: TestRepository

  init() throws { stored = try TestRepository() }

  /// Writes an archive, or only the beginning of one.
  @discardableResult
  private func archive(_ entries: [TestNode], path: String = "/", limit: Int = .max) throws -> TarWriter {
    let reading = try stored.reading()
    let trees = try reading.treeReader()
    let file = try Directory(at: directory.bytes()).createFile("archive.tar")
    let descriptor = file.rawDescriptor
    var written = 0
    var writer = TarWriter(trees: trees, chunks: try reading.chunkReader()) { (bytes) throws(SnapshotsError) in
      guard written < limit else { return }
      written += bytes.count
      guard Glibc.write(descriptor, bytes.baseAddress, bytes.count) == bytes.count else {
        throw SnapshotsError(.fileSystem, "the archive can't be written")
      }
    }
    try writer.write(SnapshotTree(reader: trees, root: try stored.store(entries)).locate(Array(path.utf8)))
    return writer
  }

  private func tar(_ arguments: String) throws -> String {
    directory.makeDirectory("out")
    let command = "cd \(directory.path)/out && tar -f ../archive.tar \(arguments) 2>&1; echo $?"
    let pipe = try #require(popen(command, "r"))
    var output: [UInt8] = []
    while case let byte = fgetc(pipe), byte >= 0 { output.append(UInt8(byte)) }
    pclose(pipe)
    return String(decoding: output, as: UTF8.self)
  }

  @Test("GNU tar extracts contents, times, links, long and odd names, attributes and pipes")
  func extract() throws {
    let long = String(repeating: "n", count: 200)
    let twice = { (node: TestNode) -> TestNode in
      node.with {
        $0.inode = 7
        $0.linkCount = 2
      }
    }
    let shared = { (name: String) in twice(.file(name, "shared")) }
    let pipe = { (name: String) in twice(TestNode(name: Array(name.utf8), kind: .other(.fifo, .none), mode: 0o600)) }
    let note = Format.ExtendedAttribute(name: Array("user.note".utf8), value: [65, 10, 66])
    // user::rw-, user:12:r--, group::r--, mask::r--, other::---
    let entries: [(UInt8, UInt8, UInt8)] = [(1, 6, 255), (2, 4, 12), (4, 4, 255), (16, 4, 255), (32, 0, 255)]
    let list = Format.ExtendedAttribute(
      name: Array("system.posix_acl_access".utf8),
      value: entries.reduce(into: [2, 0, 0, 0]) { list, entry in
        let rest: UInt8 = entry.2 == 255 ? 255 : 0
        list += [entry.0, 0, entry.1, 0, entry.2, rest, rest, rest]
      })
    let writer = try archive([
      .directory(long, [.file(long, "deep"), .link("l", to: String(repeating: "t/", count: 90))]),
      shared("one"), shared("two"), .file("empty", ""),
      .file("sparse", pieces: [.data([1, 2, 3]), .hole(100_000), .zeros(5), .data([4])]),
      TestNode(name: [0xFF, 0xFE], kind: .file([.data([9])])),
      TestNode(name: [UInt8](repeating: 0xFE, count: 150), kind: .file([.data([8])])),
      .file("x", "x").with { $0.attributes = [note] }, .file("acl", "a").with { $0.attributes = [list] },
      pipe("pipe"), pipe("pipe again"), twice(.link("up", to: "../up")), twice(.link("up again", to: "../up")),
      TestNode(name: Array("sock".utf8), kind: .other(.socket, .none)),
      .file("old", "o").with { $0.mtime = Format.Timestamp(seconds: -2, nanoseconds: 250_000_000) },
    ])
    #expect(writer.socketsPassedOver == 1)
    let said = try tar("-x --xattrs --acls --no-same-owner")
    #expect(said.hasSuffix("0\n"), "\(said)")
    #expect(directory.text("out/\(long)/\(long)") == "deep")
    #expect(directory.target("out/\(long)/l") == String(repeating: "t/", count: 90))
    #expect(directory.status("out/one")?.st_ino == directory.status("out/two")?.st_ino)
    #expect(directory.text("out/two") == "shared")
    #expect(directory.content("out/sparse") == [1, 2, 3] + [UInt8](repeating: 0, count: 100_005) + [4])
    let out = try Directory(at: directory.bytes("out"))
    #expect(try out.status(of: #require(FileName([0xFF, 0xFE]))).size == 1)
    #expect(try out.status(of: #require(FileName([UInt8](repeating: 0xFE, count: 150)))).size == 1)
    #expect(try out.extendedAttributes(of: "x").map(\.value) == [[65, 10, 66]])
    #expect(try out.extendedAttributes(of: "acl").map(\.value) == [list.value])
    #expect(directory.status("out/pipe")?.st_mode == S_IFIFO | 0o600)
    #expect(directory.status("out/pipe")?.st_ino == directory.status("out/pipe again")?.st_ino)
    #expect(directory.target("out/up") == "../up")
    #expect(directory.status("out/up")?.st_ino == directory.status("out/up again")?.st_ino)
    #expect(directory.status("out/sock") == nil)
    let modified = try #require(directory.status("out/one")).st_mtim
    #expect(modified.tv_sec == 1_600_000_000 && modified.tv_nsec == 123_456_789)
    let old = try #require(directory.status("out/old")).st_mtim
    #expect(old.tv_sec == -2 && old.tv_nsec == 250_000_000)
  }

  @Test("a path of the snapshot is the archive's root; owners, devices and large numbers are listed right")
  func list() throws {
    stored.owners = ([OwnerName(id: 1000, name: Array("ann".utf8))], [])
    try archive(
      [
        .directory(
          "d",
          [
            .file("f", "12345").with {
              $0.uid = 1000
              $0.gid = 3_000_000_000
            },
            TestNode(name: Array("null".utf8), kind: .other(.characterDevice, .device(major: 1, minor: 3))),
          ])
      ], path: "/d")
    let listing = try tar("-tv")
    #expect(listing.contains("ann/3000000000"), "\(listing)")
    #expect(listing.contains(" f\n") && listing.contains("1,3") && listing.hasSuffix("0\n"), "\(listing)")
  }

  @Test("attributes come out under their names, whatever is in those")
  func attributeNames() throws {
    let names = ["user.a=b", "user.p%3D", "user.%25=%"]
    try archive([
      .file("x", "x").with { node in
        node.attributes = names.sorted().map { Format.ExtendedAttribute(name: Array($0.utf8), value: [65]) }
      }
    ])
    #expect(try tar("-x --xattrs --no-same-owner").hasSuffix("0\n"))
    let found = try Directory(at: directory.bytes("out")).extendedAttributes(of: "x")
    #expect(Set(found.map(\.name.escaped)) == Set(names))
  }

  @Test("names of owners are whole, however long", arguments: [31, 32, 40])
  func longOwners(count: Int) throws {
    let (user, group) = (String(repeating: "u", count: count), String(repeating: "g", count: count))
    stored.owners = (
      [OwnerName(id: 1000, name: Array(user.utf8))], [OwnerName(id: 1001, name: Array(group.utf8))]
    )
    try archive([
      .file("f", "x").with {
        $0.uid = 1000
        $0.gid = 1001
      }
    ])
    #expect(try tar("-tv").contains(" \(user)/\(group) "))
  }

  @Test("a size above 8 GiB goes into a pax record")
  func largeSize() throws {
    var record = TarRecord(kind: .file, name: [65])
    record.size = 1 << 33
    #expect(!TarRecord.fitsOctal(record.size, digits: 11))
    #expect(record.encode()[124..<135].allSatisfy { $0 == UInt8(ascii: "0") })
    try archive([.file("hole", pieces: [.hole((1 << 33) + 1)])], limit: 4096)
    #expect(try tar("-tv").contains("8589934593"))
  }

  @Test("pax records count their own length, also where a digit more makes it longer")
  func recordLength() {
    for count in [1, 85, 86, 87, 88, 89, 90, 985, 986, 987, 988, 989, 990] {
      var records = PaxRecords()
      records.append("comment", [UInt8](repeating: 65, count: count))
      let stated = Int(String(decoding: records.bytes.prefix { $0 != UInt8(ascii: " ") }, as: UTF8.self))
      #expect(stated == records.bytes.count, "value of \(count) bytes")
    }
  }
}
