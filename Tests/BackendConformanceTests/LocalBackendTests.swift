import Backend
import BackendTestSupport
import Glibc
import Testing

@Suite("A local repository")
struct LocalBackendTests {
  let fixture: LocalFixture

  init() throws { fixture = try LocalFixture() }

  @Test("has files of mode 0400 in directories of mode 0700")
  func hasPrivateModes() throws {
    try fixture.local.put(ObjectName(.packs, "ab01"), [1])
    try fixture.local.put(.config, [1])
    for directory in ["packs", "packs/ab", "tmp", "keys", "index", "snapshots", "intents", "tombstones", "sweeps"] {
      #expect(mode(of: "\(fixture.path)/\(directory)") == S_IFDIR | 0o700, "\(directory)")
    }
    for file in ["config", "packs/ab/ab01"] {
      #expect(mode(of: "\(fixture.path)/\(file)") == S_IFREG | 0o400, "\(file)")
    }
  }

  @Test("makes the directories of parity and of the quarantine when they are needed, and keeps what was replaced")
  func laterDirectories() throws {
    let pack = try ObjectName(.packs, "ab01")
    let parity = try ObjectName(.parity, "ab01-packs")
    try fixture.local.put(.config, [1])
    try fixture.local.delete(parity)
    #expect(try fixture.local.list(.parity) == Listing(objects: []))
    #expect(mode(of: fixture.path + "/parity") == nil && mode(of: fixture.path + "/quarantine") == nil)
    try fixture.local.put(pack, [1])
    try fixture.local.put(parity, [2])
    let upload = try fixture.local.beginUpload(to: .packs)
    try upload.append([3])
    #expect(try upload.commit(replacing: pack) == "quarantine/packs-ab01-1")
    #expect(try fixture.local.quarantine(pack) == "quarantine/packs-ab01-2")
    for file in ["parity/ab/ab01-packs", "quarantine/packs-ab01-1", "quarantine/packs-ab01-2"] {
      #expect(mode(of: "\(fixture.path)/\(file)") == S_IFREG | 0o400, "\(file)")
    }
    #expect(try LocalBackend.open(at: fixture.path).list(.parity).objects.map(\.name) == [parity])
    #expect(try fixture.local.list(.config).foreign == [])
  }

  @Test("makes its own directory private")
  func makesItsDirectory() throws {
    let path = fixture.path + "/nested"
    _ = try LocalBackend.create(at: path)
    #expect(mode(of: path) == S_IFDIR | 0o700)
    expect(.notFound) { () throws(BackendError) in _ = try LocalBackend.create(at: path + "/missing/nested") }
  }

  @Test("reports foreign names, directories, links and FIFOs where objects belong, and follows none")
  func reportsForeignEntries() throws {
    let object = try ObjectName(.packs, "ab01")
    try fixture.local.put(object, [1])
    try fixture.local.put(ObjectName(.index, "01"), [1])
    write("/packs/loose", "/packs/ab/cd01", "/packs/ab/ab01.bak", "/index/README", "/index/.hidden", "/core")
    #expect(mkdir(fixture.path + "/packs/zz", 0o700) == 0)
    #expect(mkdir(fixture.path + "/index/02", 0o700) == 0)
    #expect(mkfifo(fixture.path + "/index/03", 0o600) == 0)
    #expect(symlink("01", fixture.path + "/index/04") == 0)

    let packs = try fixture.local.list(.packs)
    #expect(packs.objects == [ListedObject(name: object, size: 1)])
    #expect(packs.foreign == ["packs/ab/ab01.bak", "packs/ab/cd01", "packs/loose", "packs/zz"])
    let index = try fixture.local.list(.index)
    #expect(index.objects.map(\.name.name) == ["01"])
    #expect(index.foreign == ["index/.hidden", "index/02", "index/03", "index/04", "index/README"])
    #expect(try fixture.local.list(.config) == Listing(objects: [], foreign: ["core"]))

    for text in ["02", "03", "04"] {
      let name = try ObjectName(.index, text)
      expect(.notAFile, naming: name) { () throws(BackendError) in _ = try fixture.local.size(of: name) }
      expect(.notAFile, naming: name) { () throws(BackendError) in
        _ = try fixture.local.bytes(of: name, at: 0, count: 0)
      }
      #expect(try fixture.local.put(name, [1]) == .alreadyExists)
    }
  }

  @Test("shows what uploads have staged, with its age, and removes it on request")
  func showsStagedUploads() throws {
    let upload = try fixture.local.beginUpload(to: .packs)
    try upload.append([1, 2, 3])
    write("/tmp/stray")
    let old = String(repeating: "0", count: 32)
    write("/tmp/" + old)
    var times = [timespec(tv_sec: time(nil) - 3_600, tv_nsec: 0), timespec(tv_sec: time(nil) - 3_600, tv_nsec: 0)]
    #expect(utimensat(AT_FDCWD, "\(fixture.path)/tmp/\(old)", &times, 0) == 0)

    let staging = try fixture.local.listStagedUploads()
    #expect(staging.foreign == ["tmp/stray"])
    #expect(staging.uploads.count == 2)
    let first = try #require(staging.uploads.first)
    #expect(first.identifier == old && first.age >= .seconds(3_600) && first.age < .seconds(3_660))
    let running = try #require(staging.uploads.last)
    #expect(running.size == 3 && running.age < .seconds(60))

    for staged in staging.uploads + staging.uploads { try fixture.local.removeStagedUpload(staged) }
    #expect(try fixture.local.listStagedUploads().uploads == [])
    let error = #expect(throws: BackendError.self) { try upload.commit(as: ObjectName(.packs, "ab01")) }
    #expect(error?.code == .uploadRemoved)
    #expect(try fixture.local.list(.packs).objects == [])
  }

  @Test("reads more packs than it keeps open, and keeps no more than that")
  func boundsOpenFiles() throws {
    let names = try (0..<100).map { number throws in try ObjectName(.packs, "aa-\(number)") }
    for name in names { try fixture.local.put(name, Array(name.name.utf8)) }
    for name in names + names.reversed() {
      #expect(try fixture.local.bytes(of: name, at: 3, count: 1) == [Array(name.name.utf8)[3]])
    }
    let open = try #require(run(["sh", "-c", "ls -l /proc/\(getpid())/fd | grep -c \(fixture.path)/packs/aa/aa-"]))
    #expect(open.output == "64\n")
  }

  @Test("notices that another process deleted or replaced a pack it has open")
  func noticesForeignDeletion() throws {
    let name = try ObjectName(.packs, "aa01")
    try fixture.local.put(name, [1])
    #expect(try fixture.local.bytes(of: name, at: 0, count: 1) == [1])
    #expect(unlink(fixture.path + "/packs/aa/aa01") == 0)
    expect(.notFound, naming: name) { () throws(BackendError) in
      _ = try fixture.local.bytes(of: name, at: 0, count: 1)
    }
    try fixture.local.put(name, [2])
    #expect(try fixture.local.bytes(of: name, at: 0, count: 1) == [2])
  }

  @Test("notices that another process healed a pack it has open, or set it aside")
  func noticesForeignHealing() throws {
    let name = try ObjectName(.packs, "aa01")
    try fixture.local.put(.config, [1])
    try fixture.local.put(name, [1, 1])
    #expect(try fixture.local.bytes(of: name, at: 0, count: 1) == [1])
    let other = try fixture.reopen()
    let upload = try other.beginUpload(to: .packs)
    try upload.append([2, 2, 2])
    _ = try upload.commit(replacing: name)
    #expect(try fixture.local.bytes(of: name, at: 2, count: 1) == [2])
    _ = try other.quarantine(name)
    expect(.notFound, naming: name) { () throws(BackendError) in
      _ = try fixture.local.bytes(of: name, at: 0, count: 1)
    }
  }

  @Test("fails a read of a pack that was cut short while it was open")
  func noticesTruncation() throws {
    let name = try ObjectName(.packs, "aa01")
    try fixture.local.put(name, [1, 2, 3])
    #expect(try fixture.local.bytes(of: name, at: 0, count: 3) == [1, 2, 3])
    #expect(truncate(fixture.path + "/packs/aa/aa01", 2) == 0)
    expect(.truncated, naming: name) { () throws(BackendError) in
      _ = try fixture.local.bytes(of: name, at: 0, count: 3)
    }
  }

  @Test("says how much space the file system has")
  func saysFreeSpace() throws {
    let free = try #require(try fixture.local.freeSpace())
    #expect(free > 1 << 20)
  }

  private func write(_ paths: String...) {
    for path in paths {
      let file = open(fixture.path + path, O_WRONLY | O_CREAT, 0o600)
      #expect(file >= 0)
      close(file)
    }
  }

  private func mode(of path: String) -> mode_t? {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode : nil
  }
}
