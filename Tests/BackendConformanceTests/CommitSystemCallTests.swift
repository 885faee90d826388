import Backend
import BackendTestSupport
import Glibc
import TestSupport
import Testing

/// What a commit does to the file system, seen and disturbed from outside by strace.
@Suite("The system calls of a local commit")
struct CommitSystemCallTests {
  let fixture: LocalFixture
  let pack: ObjectName
  static let size = 300_000

  init() throws {
    fixture = try LocalFixture()
    pack = try ObjectName(.packs, "ab01")
    try fixture.local.put(.config, [1])
  }

  @Test("flush the bytes before the name, and the name and its directory before returning")
  func areInOrder() throws {
    let calls = try commit().calls
    let staged = try #require(calls.firstIndex { $0.hasPrefix("openat") && $0.contains("O_EXCL") })
    let writes = calls.indices.filter { calls[$0].hasPrefix("write(") && calls[$0].contains("/tmp/") }
    let flush = try #require(calls.firstIndex { $0.hasPrefix("fsync(") && $0.contains("\(fixture.path)/tmp/") })
    let made = try #require(calls.firstIndex { $0.hasPrefix("mkdirat") && $0.contains("\"ab\"") })
    let parent = try #require(calls.firstIndex { $0.hasPrefix("fsync(") && $0.contains("/packs>") })
    let named = try #require(calls.firstIndex { $0.hasPrefix("renameat2") && $0.contains("RENAME_NOREPLACE") })
    let directory = try #require(calls.firstIndex { $0.hasPrefix("fsync(") && $0.contains("/packs/ab>") })
    let told = try #require(calls.firstIndex { $0.hasPrefix("write(1<") })
    #expect(writes.count == 3)
    let order = [staged] + writes + [flush, named, directory, told]
    #expect(order == order.sorted(), "\(calls.joined(separator: "\n"))")
    #expect(made < parent && parent < told)
  }

  @Test("flush the directory even where the name was taken")
  func flushTakenName() throws {
    try fixture.local.put(pack, [1])
    let (output, calls) = try commit()
    #expect(output == "alreadyExists")
    let named = try #require(calls.firstIndex { $0.hasPrefix("renameat2") && $0.contains("EEXIST") })
    let directory = try #require(calls.lastIndex { $0.hasPrefix("fsync(") && $0.contains("/packs/ab>") })
    #expect(named < directory)
    #expect(calls.contains { $0.hasPrefix("unlinkat") })
    #expect(try fixture.local.getWhole(pack, limit: 1) == [1])
    #expect(try fixture.local.listStagedUploads().uploads == [])
  }

  @Test("come after the flush of the name of a new repository's directory, also where that was there")
  func flushNameOfRepository() throws {
    let parent = TemporaryDirectory()
    let path = parent.path + "/repository"
    #expect(mkdir(path, 0o700) == 0)
    let (output, calls) = try commit(to: "new:" + path)
    #expect(output == "created")
    let flush = calls.first { $0.hasPrefix("fsync(") && $0.contains("<\(parent.path)>") }
    #expect(flush != nil, "\(calls.joined(separator: "\n"))")
  }

  @Test("link instead where the file system can't rename without clobbering", arguments: ["EINVAL", "ENOSYS"])
  func linkInstead(error: String) throws {
    let (output, calls) = try commit("renameat2:error=\(error)")
    #expect(output == "created")
    let flush = try #require(calls.firstIndex { $0.hasPrefix("fsync(") && $0.contains("/tmp/") })
    let linked = try #require(calls.firstIndex { $0.hasPrefix("linkat") })
    let directory = try #require(calls.lastIndex { $0.hasPrefix("fsync(") && $0.contains("/packs/ab>") })
    #expect(flush < linked && linked < directory)
    #expect(try fixture.local.size(of: pack) == UInt64(3 * Self.size))
    #expect(try commit("renameat2:error=\(error)").output == "alreadyExists")
    #expect(try fixture.local.listStagedUploads().uploads == [])
  }

  @Test(
    "publish nothing, and leave nothing staged, when one of them fails",
    arguments: [
      ("openat:error=ENOSPC:when=", "noSpace"), ("write:error=EIO:when=2", "io"),
      ("write:error=ENOSPC:when=3", "noSpace"),
      ("write:error=EDQUOT:when=1", "noSpace"), ("fsync:error=EIO:when=1", "io"), ("fsync:error=EINTR:when=1", "io"),
      ("fsync:error=ENOSPC:when=1", "noSpace"), ("mkdirat:error=EACCES:when=1", "permissionDenied"),
      ("fsync:error=EIO:when=2", "io"), ("renameat2:error=EACCES:when=1", "permissionDenied"),
      ("close:error=EIO:when=", "io"), ("close:error=EINTR:when=", "io"),
      ("renameat2:error=EROFS:when=1", "readOnly"), ("renameat2:error=EXDEV:when=1", "io"),
    ])
  func failCleanly(injection: String, code: String) throws {
    let (output, calls) = try commit(counted(injection))
    #expect(output == code)
    #expect(try fixture.local.list(.packs).objects == [])
    #expect(try fixture.local.listStagedUploads() == StagingListing(uploads: []))
    if injection.hasPrefix("fsync"), injection.hasSuffix("when=1") {
      #expect(calls.count { $0.hasPrefix("fsync(") } == 1, "a descriptor that failed to flush was flushed again")
    }
  }

  @Test("fail, and leave the object to whoever found it, when the directory can't be flushed")
  func failAfterNaming() throws {
    #expect(try commit("fsync:error=EIO:when=3").output == "io")
    #expect(try fixture.local.size(of: pack) == UInt64(3 * Self.size))
    #expect(try commit().output == "alreadyExists")
  }

  @Test(
    "go on after a signal interrupted them", arguments: ["write:error=EINTR:when=2", "openat:error=EINTR:when="])
  func goOnAfterSignals(injection: String) throws {
    #expect(try commit(counted(injection)).output == "created")
    #expect(try fixture.local.size(of: pack) == UInt64(3 * Self.size))
  }

  @Test(
    "begin to write back long uploads, and mind only errors of the storage in that",
    arguments: [("ENOSYS", "created"), ("EIO", "io"), ("ENOSPC", "noSpace")])
  func beginWritingBack(error: String, code: String) throws {
    let (output, calls) = try commit("sync_file_range:error=\(error)", size: 4 << 20)
    #expect(output == code)
    #expect(calls.count { $0.hasPrefix("sync_file_range(") && $0.contains("SYNC_FILE_RANGE_WRITE") } == 1)
    #expect(try fixture.local.listStagedUploads().uploads == [])
  }

  @Test("leave a whole object or none when the process is killed at any of them")
  func surviveKill() throws {
    // Of all these only `close` is called before the upload, by the loader.
    let firsts = ["write": 1, "fsync": 1, "mkdirat": 1, "renameat2": 1, "close": try stagingOrdinal(of: "close")]
    for (call, first) in firsts.sorted(by: { $0.key < $1.key }) {
      for count in first... {
        let output = try commit("\(call):signal=KILL:when=\(count)").output
        let listed = try fixture.local.list(.packs).objects
        if !listed.isEmpty {
          #expect(listed == [ListedObject(name: pack, size: UInt64(3 * Self.size))], "killed at \(call) \(count)")
        }
        for staged in try fixture.local.listStagedUploads().uploads { try fixture.local.removeStagedUpload(staged) }
        let again = try commit().output
        #expect(again == (listed.isEmpty ? "created" : "alreadyExists"), "after a kill at \(call) \(count)")
        try fixture.local.delete(pack)
        if !output.isEmpty {
          #expect(count > first, "\(call) was never reached")
          break
        }
      }
    }
  }
}

extension CommitSystemCallTests {
  /// Runs the driver under strace; returns what it said and its system calls, descriptors shown with their paths.
  private func commit(
    _ injection: String? = nil, size: Int = size, to place: String? = nil
  ) throws -> (output: String, calls: [String]) {
    let log = TemporaryDirectory()
    let trace =
      "trace=openat,write,sync_file_range,fsync,fdatasync,link,linkat,rename,renameat2,unlink,unlinkat,mkdir,mkdirat,close"
    let inject = injection.map { ["-e", "inject=" + $0] } ?? []
    let driver = try #require(builtProgram("BackendCommit"))
    let result = run(
      ["strace", "-f", "-y", "-o", log.path + "/log", "-e", trace] + inject
        + [driver, place ?? fixture.path, pack.name, String(size)])
    let (output, _) = try #require(result, "strace can't be run: install it (Debian: apt-get install strace)")
    return (output.filter { $0 != "\n" }, try tracedCalls(log.path + "/log"))
  }

  /// An injection that says by `when=` and no number: at the staged file's own call.
  private func counted(_ injection: String) throws -> String {
    guard injection.hasSuffix("="), let call = injection.split(separator: ":").first else { return injection }
    return injection + String(try stagingOrdinal(of: String(call)))
  }

  /// Which of the driver's calls of that name is the first on the staged file; the dynamic loader makes many before.
  private func stagingOrdinal(of call: String) throws -> Int {
    let calls = try commit().calls.filter { $0.hasPrefix(call + "(") }
    try fixture.local.delete(pack)
    let isStaged = { (call: String) in call.contains("\(fixture.path)/tmp/") }
    return try #require(calls.firstIndex(where: isStaged), "\(call) is not called on the staged file") + 1
  }
}
