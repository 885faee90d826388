import FileSystem
import Glibc
import Testing

@Suite struct FileTests {
  @Test("only a regular file opens: links, pipes, sockets and directories are refused at once")
  func otherTypes() throws {
    let temporary = try TemporaryDirectory()
    try temporary.write([1], to: "file")
    try temporary.root.createSymbolicLink("link", to: "file")
    try temporary.root.createFIFO("pipe")
    try temporary.root.createSocket("socket")
    try temporary.root.createDirectory("directory")
    let expected: [(FileName, FileSystemError.Code?)] = [
      ("file", nil), ("link", .loop), ("pipe", .wrongType), ("socket", .wrongType), ("directory", .wrongType),
      ("missing", .notFound),
    ]
    for (name, refusal) in expected {
      #expect(code { () throws(FileSystemError) in _ = try temporary.root.openFile(name) } == refusal, "\(name)")
    }
  }

  @Test("reading stops at the end, at the position as at an offset")
  func reading() throws {
    let temporary = try TemporaryDirectory()
    let content = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try temporary.write(content, to: "file")
    let file = try temporary.root.openFile("file")
    #expect(file.statusAtOpen.size == 5000)
    #expect(try file.bytes(10_000) == content)
    #expect(try file.bytes(100, at: 4990) == Array(content.suffix(10)))
    #expect(try file.bytes(100, at: 9000) == [])
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 3000, alignment: 1)
    defer { buffer.deallocate() }
    #expect(try file.read(into: buffer) == 3000)
    #expect(try file.read(into: buffer) == 2000)
    #expect(buffer[..<2000].elementsEqual(content[3000...]))
    #expect(try file.read(into: buffer) == 0)
  }

  @Test("storage that another has locked is waited for, but not for ever") func lockingStorage() throws {
    let temporary = try TemporaryDirectory()
    try temporary.write([1], to: "image")
    let path = temporary.root.path.appending("image")
    let first = try BlockStorage(at: path, for: .read)
    let second = try BlockStorage(at: path, for: .read)
    try first.lock(patience: .zero)
    let start = ContinuousClock.now
    #expect(code { () throws(FileSystemError) in try second.lock(patience: .milliseconds(30)) } == .busy)
    #expect(ContinuousClock.now - start >= .milliseconds(30))
    try first.unlock()
    try second.lock(patience: .zero)
  }

  @Test("reading once gives what reading gives, everywhere") func readingOnce() throws {
    let content = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    for parent: PathBytes in ["/tmp", "/dev/shm"] {
      let temporary = try TemporaryDirectory(in: parent)
      try temporary.write(content, to: "file")
      let file = try temporary.root.openFile("file")
      var bytes = [UInt8](repeating: 0, count: 8000)
      #expect(try bytes.withUnsafeMutableBytes { try file.readOnce(into: $0, at: 10) } == 4990)
      #expect(bytes.prefix(4990).elementsEqual(content.dropFirst(10)), "\(parent)")
      #expect(try bytes.withUnsafeMutableBytes { try file.readOnce(into: $0, at: 5000) } == 0)
      #expect(try bytes.withUnsafeMutableBytes { try file.readOnce(into: .init(rebasing: $0[..<3000])) } == 3000)
      #expect(bytes.prefix(3000).elementsEqual(content.prefix(3000)))
      #expect(try bytes.withUnsafeMutableBytes { try file.readOnce(into: $0) } == 2000)
      #expect(bytes.prefix(2000).elementsEqual(content.dropFirst(3000)))
    }
  }

  @Test("reading once leaves in the cache what was there before, and nothing else", .enabled(if: dropsWhatIsRead()))
  func cacheAfterReadingOnce() throws {
    let temporary = try TemporaryDirectory()
    let pages = 1024
    try temporary.write([UInt8](repeating: 7, count: pages << 12), to: "file")
    let file = try temporary.root.openFile("file", for: .readWrite)
    try file.synchronize()
    try #require(posix_fadvise(file.rawDescriptor, 0, 0, POSIX_FADV_DONTNEED) == 0)
    // Random access, so that nothing is read ahead into the cache.
    try #require(posix_fadvise(file.rawDescriptor, 0, 0, POSIX_FADV_RANDOM) == 0)
    _ = try file.bytes(8 << 12, at: 512 << 12)
    try #require(cachedPages(of: file, pages) == Array(512..<520))
    var bytes = [UInt8](repeating: 0, count: pages << 12)
    #expect(try bytes.withUnsafeMutableBytes { try file.readOnce(into: $0, at: 0) } == pages << 12)
    #expect(cachedPages(of: file, pages) == Array(512..<520))
    _ = try file.bytes(pages << 12, at: 0)
    #expect(cachedPages(of: file, pages).count == pages)
  }

  @Test("writing at the position appends, writing at an offset overwrites")
  func writing() throws {
    let temporary = try TemporaryDirectory()
    let file = try temporary.root.createFile("file", mode: 0o600)
    for part in [[1, 2], [3]] as [[UInt8]] { try part.withUnsafeBytes { try file.write($0) } }
    #expect(try file.bytes(10) == [1, 2, 3])
    try file.write([9, 8, 7], at: 4)
    #expect(try file.bytes(10) == [1, 2, 3, 0, 9, 8, 7])
    try file.resize(to: 5)
    #expect(try file.bytes(10) == [1, 2, 3, 0, 9])
    try file.synchronize()
    try file.close()
    let again = try temporary.root.openFile("file", for: .readWrite)
    try again.write([5])
    #expect(try again.bytes(10) == [5, 2, 3, 0, 9])
  }

  @Test("a file opened for reading refuses writes and names itself")
  func readOnlyAccess() throws {
    let temporary = try TemporaryDirectory()
    try temporary.write([1], to: "file")
    let error = #expect(throws: FileSystemError.self) { try temporary.root.openFile("file").write([2]) }
    #expect(error?.errorNumber == EBADF)
    #expect(error?.path == temporary.root.path.appending("file"))
  }

  @Test("the data of a sparse file is found around its holes, and a punched hole reads as zeros")
  func sparseFiles() throws {
    let temporary = try TemporaryDirectory()
    let file = try temporary.root.createFile("sparse")
    let block = Int64(65536)
    try file.resize(to: block * 100)
    #expect(try dataExtents(of: file) == [])
    for index in [3, 4, 50] { try file.write([UInt8](repeating: 1, count: Int(block)), at: block * Int64(index)) }
    #expect(try dataExtents(of: file) == [block * 3..<block * 5, block * 50..<block * 51])
    #expect(try file.nextDataExtent(from: block * 4) == block * 4..<block * 5)
    try file.punchHole(block * 4..<block * 5)
    #expect(try dataExtents(of: file) == [block * 3..<block * 4, block * 50..<block * 51])
    #expect(try file.bytes(Int(block), at: block * 4) == [UInt8](repeating: 0, count: Int(block)))
    #expect(try file.status().size == block * 100)
    #expect(try Int64(file.status().blocks) * 512 < block * 10)
    try file.allocate(0..<block)
    #expect(try Int64(file.status().blocks) * 512 >= block * 3)
  }

  private func dataExtents(of file: borrowing File) throws -> [Range<Int64>] {
    var extents: [Range<Int64>] = []
    while let extent = try file.nextDataExtent(from: extents.last?.upperBound ?? 0) { extents.append(extent) }
    return extents
  }

  @Test("storage is taken also where the file system can only do it by writing")
  func allocationByWriting() throws {
    let temporary = try TemporaryDirectory()
    let file = try temporary.root.createFile("file")
    try file.allocateOrWrite(0..<100_000)
    #expect(try file.status().size == 100_000)
    #expect(try file.status().blocks * 512 >= 100_000)
    let error = #expect(throws: FileSystemError.self) { try file.allocateOrWrite(0..<0) }
    #expect(error?.code == .invalidArgument)
  }

  @Test("beginning to write back changes nothing that is read")
  func writingBack() throws {
    let temporary = try TemporaryDirectory()
    let file = try temporary.root.createFile("file")
    try file.write([UInt8](repeating: 1, count: 100_000))
    try file.startWritingBack(0..<100_000)
    try file.startWritingBack(200_000..<300_000)
    #expect(try file.bytes(2, at: 99_999) == [1])
  }

  @Test("a file is stamped by the wall clock")
  func stamping() throws {
    let temporary = try TemporaryDirectory()
    let before = Timestamp.now()
    try temporary.write([1], to: "file")
    let modified = try temporary.root.status(of: "file").modified
    #expect(modified.seconds >= before.seconds - 1 && modified <= Timestamp.now())
  }

  @Test("another user's file opens where the kernel forbids to keep its access time", .enabled(if: isRoot))
  func accessTimeFallback() throws {
    // setfsuid changes this thread alone, and takes root's power over files with it.
    let address = try #require(dlsym(nil, "setfsuid"))
    let setFileSystemUser = unsafeBitCast(address, to: (@convention(c) (UInt32) -> Int32).self)
    let temporary = try TemporaryDirectory()
    try temporary.write([7], to: "file")
    try temporary.root.setPermissions(of: "file", 0o644)
    try temporary.root.createDirectory("directory", mode: 0o755)
    _ = setFileSystemUser(65534)
    defer { _ = setFileSystemUser(0) }
    // O_NOATIME, which Swift can't import, has this value on all of Linux's common architectures.
    let refused = "file".withCString { openat(temporary.root.rawDescriptor, $0, O_RDONLY | 0o1_000_000) }
    #expect(refused == -1 && errno == EPERM, "the kernel was expected to refuse O_NOATIME")
    #expect(try temporary.root.openFile("file").bytes(1) == [7])
    #expect(try temporary.root.openDirectory("directory").entries().isEmpty)
  }
}

/// Whether the kernel (from 6.14 on) and the file system of `/tmp` (ext4 or XFS) can read past the cache.
private func dropsWhatIsRead() -> Bool {
  var name = utsname()
  uname(&name)
  let release = withUnsafeBytes(of: &name.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  let version = release.split(whereSeparator: { !$0.isNumber }).prefix(2).compactMap { Int($0) }
  guard version.count == 2, (version[0], version[1]) >= (6, 14) else { return false }
  let mount = try? MountTable.current().mount(of: Directory(at: "/tmp").status())
  return ["ext4", "xfs"].contains(mount?.type)
}

/// The numbers of a file's pages that the kernel has in memory.
private func cachedPages(of file: borrowing File, _ count: Int) -> [Int] {
  guard let map = mmap(nil, count << 12, PROT_READ, MAP_SHARED, file.rawDescriptor, 0), map != MAP_FAILED else {
    return []
  }
  defer { munmap(map, count << 12) }
  var residence = [UInt8](repeating: 0, count: count)
  guard mincore(map, count << 12, &residence) == 0 else { return [] }
  return residence.indices.filter { residence[$0] & 1 == 1 }
}
