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

  @Test("renaming replaces, unless it was told not to")
  func renaming() throws {
    let temporary = try TemporaryDirectory()
    let root = temporary.root
    try temporary.write([1], to: "a")
    try temporary.write([2], to: "b")
    #expect(code { () throws(FileSystemError) in try root.renameWithoutReplacing("a", to: "b") } == .exists)
    #expect(try root.openFile("b").bytes(1) == [2])
    try root.rename("a", to: "b")
    #expect(try root.openFile("b").bytes(1) == [1])
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

  @Test("a path beneath a directory is followed through directories, never through links or out of it")
  func beneath() throws {
    let temporary = try TemporaryDirectory()
    let root = temporary.root
    try root.createDirectory("outer")
    let outer = try root.openDirectory("outer")
    try outer.createDirectory("inner")
    try outer.createFIFO("pipe")
    try temporary.write([5], to: "file")
    try outer.openDirectory("inner").link("file", in: root, as: "file")
    try outer.createSymbolicLink("absolute", to: "/")
    try outer.createSymbolicLink("relative", to: "inner")
    #expect(try outer.openFile(beneath: "inner/file").bytes(9) == [5])
    #expect(try outer.openFile(beneath: "inner/../inner/file", for: .readWrite).bytes(9) == [5])
    #expect(try outer.openDirectory(beneath: "inner").entries().map(\.name) == ["file"])
    let refused: [(PathBytes, FileSystemError.Code)] = [
      ("../file", .escapesRoot), ("inner/../../file", .escapesRoot), ("/etc/passwd", .escapesRoot),
      ("absolute/etc/passwd", .loop), ("relative/file", .loop), ("relative", .loop), ("pipe", .wrongType),
      ("inner", .wrongType), ("inner/missing", .notFound), ("inner/file/x", .notDirectory),
    ]
    for (path, refusal) in refused {
      #expect(code { () throws(FileSystemError) in _ = try outer.openFile(beneath: path) } == refusal, "\(path)")
    }
    #expect(code { () throws(FileSystemError) in _ = try outer.openDirectory(beneath: "..") } == .escapesRoot)
    #expect(code { () throws(FileSystemError) in _ = try outer.openDirectory(beneath: "relative") } == .loop)
  }
}
