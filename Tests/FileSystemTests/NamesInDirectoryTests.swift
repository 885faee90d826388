import FileSystem
import Testing

@Suite struct NamesInDirectoryTests {
  @Test("nothing is made over a name that is taken")
  func takenNames() throws {
    let temporary = try TemporaryDirectory()
    let root = temporary.root
    try temporary.write([1], to: "taken")
    #expect(code { () throws(FileSystemError) in _ = try root.createFile("taken") } == .exists)
    #expect(code { () throws(FileSystemError) in try root.createDirectory("taken") } == .exists)
    #expect(code { () throws(FileSystemError) in try root.createFIFO("taken") } == .exists)
    #expect(code { () throws(FileSystemError) in try root.createSymbolicLink("taken", to: "x") } == .exists)
    #expect(code { () throws(FileSystemError) in try root.link("taken", in: root, as: "taken") } == .exists)
    try root.createSymbolicLink("dangling", to: "elsewhere")
    #expect(code { () throws(FileSystemError) in _ = try root.createFile("dangling") } == .exists)
    #expect(code { () throws(FileSystemError) in _ = try root.status(of: "elsewhere") } == .notFound)
  }

  @Test("renaming replaces nothing")
  func renaming() throws {
    let temporary = try TemporaryDirectory()
    let root = temporary.root
    try temporary.write([1], to: "a")
    try temporary.write([2], to: "b")
    #expect(code { () throws(FileSystemError) in try root.renameWithoutReplacing("a", to: "b") } == .exists)
    #expect(try root.openFile("b").bytes(1) == [2])
    try root.removeFile("a")
    try root.createDirectory("directory")
    try root.renameWithoutReplacing("b", to: "c", in: root.openDirectory("directory"))
    #expect(try root.entries().map(\.name) == ["directory"])
    #expect(code { () throws(FileSystemError) in try root.removeDirectory("directory") } == .notEmpty)
    #expect(code { () throws(FileSystemError) in try root.removeFile("directory") } == .isDirectory)
  }

  @Test("a link's target comes back whole, however long and in whatever bytes")
  func linkTargets() throws {
    let temporary = try TemporaryDirectory()
    for count in [1, 255, 256, 257, 1024, 4000] {
      let target = try #require(PathBytes([0xFF] + [UInt8](repeating: 0x61, count: count - 1)))
      let name = try #require(FileName("link \(count)"))
      try temporary.root.createSymbolicLink(name, to: target)
      #expect(try temporary.root.symbolicLinkTarget(name) == target)
      #expect(try temporary.root.status(of: name).size == Int64(count))
    }
    try temporary.write([], to: "file")
    let refusal = code { () throws(FileSystemError) in _ = try temporary.root.symbolicLinkTarget("file") }
    #expect(refusal == .invalidArgument)
  }
}
