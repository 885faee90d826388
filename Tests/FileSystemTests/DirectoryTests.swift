import FileSystem
import Glibc
import Testing

@Suite struct DirectoryTests {
  @Test("a listing of 10,000 entries has each once, without . and .., every time")
  func largeListing() throws {
    let temporary = try TemporaryDirectory()
    let names = try (0..<10_000).map { try #require(FileName("entry number \($0)")) }
    for name in names { try temporary.root.createSymbolicLink(name, to: "nowhere") }
    var reader = DirectoryReader(capacity: 4096)
    for _ in 0..<2 {
      let entries = try reader.entries(of: temporary.root)
      #expect(entries.map(\.name).sorted() == names.sorted())
      #expect(entries.allSatisfy { $0.type == .symbolicLink })
    }
    #expect(try temporary.root.entries().count == 10_000)
  }

  @Test("a listing tells names of any bytes, types and inodes")
  func listing() throws {
    let temporary = try TemporaryDirectory()
    let odd = try #require(FileName([0xFF, 0x0A, 0xC3, 0x28]))
    let long = try #require(FileName([UInt8](repeating: 0x80, count: 255)))
    try temporary.write([1], to: odd)
    try temporary.root.createDirectory("directory")
    try temporary.root.createDirectory("...")
    try temporary.root.createFIFO(long)
    try temporary.root.createSocket("socket")
    let entries = try temporary.root.entries().sorted { $0.name < $1.name }
    #expect(entries.map(\.name) == ["...", "directory", "socket", long, odd])
    #expect(entries.map(\.type) == [.directory, .directory, .socket, .fifo, .regular])
    for entry in entries { #expect(try temporary.root.status(of: entry.name).inode == entry.inode) }
  }

  @Test("an empty directory lists nothing")
  func empty() throws {
    let temporary = try TemporaryDirectory()
    #expect(try temporary.root.entries().isEmpty)
  }

  @Test("opening a child directory refuses links, files and what isn't there, and names it")
  func openingChildren() throws {
    let temporary = try TemporaryDirectory()
    try temporary.root.createDirectory("real")
    try temporary.root.createSymbolicLink("link", to: "real")
    try temporary.write([], to: "file")
    #expect(code { () throws(FileSystemError) in _ = try temporary.root.openDirectory("real") } == nil)
    #expect(code { () throws(FileSystemError) in _ = try temporary.root.openDirectory("link") } == .notDirectory)
    #expect(code { () throws(FileSystemError) in _ = try temporary.root.openDirectory("file") } == .notDirectory)
    let error = #expect(throws: FileSystemError.self) { _ = try temporary.root.openDirectory("a\u{1B}b") }
    #expect(error?.code == .notFound)
    #expect(error?.errorNumber == ENOENT)
    #expect(error?.message == "openat \"\(temporary.root.path)/a\\x1bb\": No such file or directory")
  }

  @Test("names are looked up in the open directory, also after it was renamed")
  func renamedDirectory() throws {
    let temporary = try TemporaryDirectory()
    try temporary.root.createDirectory("before")
    let child = try temporary.root.openDirectory("before")
    try child.createDirectory("inner")
    try temporary.root.renameWithoutReplacing("before", to: "after")
    #expect(try child.status(of: "inner").type == .directory)
    try child.synchronize()
  }

  @Test("a directory opened again is listed on its own, also after it was renamed")
  func reopening() throws {
    let temporary = try TemporaryDirectory()
    try temporary.root.createDirectory("before")
    let child = try temporary.root.openDirectory("before")
    for number in 0..<50 { try child.createDirectory(#require(FileName("\(number)"))) }
    try temporary.root.renameWithoutReplacing("before", to: "after")
    let position = lseek(child.rawDescriptor, 0, SEEK_CUR)
    let again = try child.reopened()
    #expect(try again.entries().count == 50)
    #expect(lseek(again.rawDescriptor, 0, SEEK_CUR) != position)
    #expect(lseek(child.rawDescriptor, 0, SEEK_CUR) == position)
  }

  @Test("a directory is made at a path, but not over what is there nor without a parent")
  func creatingAtPath() throws {
    let temporary = try TemporaryDirectory()
    let path = temporary.root.path.appending("made")
    try Directory.create(at: path, mode: 0o700)
    #expect(try temporary.root.status(of: "made").permissions == 0o700)
    #expect(code { () throws(FileSystemError) in try Directory.create(at: path) } == .exists)
    let orphan = temporary.root.path.appending("missing").appending("child")
    let error = #expect(throws: FileSystemError.self) { try Directory.create(at: orphan) }
    #expect(error?.code == .notFound && error?.path == orphan)
  }

  @Test("a descriptor is closed when its owner goes away")
  func closing() throws {
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    let reading = Descriptor(adopting: ends[0])
    do { _ = Descriptor(adopting: ends[1]) }
    // With no writer left, the pipe is at its end; otherwise this answers EAGAIN.
    #expect(fcntl(reading.rawValue, F_SETFL, O_NONBLOCK) == 0)
    var byte: UInt8 = 0
    #expect(read(reading.rawValue, &byte, 1) == 0)
  }
}
