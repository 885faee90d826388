import FileSystem
import Format
import Glibc
import Repository
import Snapshots
import Synchronization
import Testing

struct RestoreOverwriteTests {
  private let target = TemporaryDirectory()
  private let stored: TestRepository
  private let entries: [TestNode] = [
    .directory("d", [.file("f", "right")]), .link("l", to: "f"),
    .file("big", pieces: [.data([UInt8](repeating: 1, count: 5000)), .data([UInt8](repeating: 2, count: 5000))]),
  ]

  init() throws {
    stored = try TestRepository()
    target.makeDirectory("out")
  }

  private func restore(_ change: (inout RestoreOptions) -> Void = { _ in }) throws -> ToldOutcome {
    try restore(entries, change)
  }

  private func restore(
    _ entries: [TestNode], to place: String = "out", _ change: (inout RestoreOptions) -> Void
  ) throws -> ToldOutcome {
    var options = RestoreOptions()
    change(&options)
    return try stored.restore(try stored.store(entries), to: target.bytes(place), options)
  }

  @Test("an unchanged tree is left alone, and only the parts of a file that differ are written")
  func ifChanged() throws {
    _ = try restore()
    let before = try #require(target.status("out/d/f"))
    let again = try restore()
    #expect(again.files == 0 && again.bytesWritten == 0 && again.skipped == 3)
    #expect(target.status("out/d/f")?.st_ctim.tv_nsec == before.st_ctim.tv_nsec)
    var bytes = try #require(target.content("out/big"))
    bytes[6000] = 9
    let inode = target.status("out/big")?.st_ino
    try target.write("out/big", bytes + [1, 2, 3])
    let third = try restore()
    #expect(third.files == 1 && third.bytesWritten == 5000)
    #expect(target.content("out/big") == [UInt8](repeating: 1, count: 5000) + [UInt8](repeating: 2, count: 5000))
    #expect(target.status("out/big")?.st_ino == inode)
  }

  @Test("equal size and time hide a change from ifChanged, but not from always, nor from verify")
  func always() throws {
    _ = try restore()
    try target.write("out/d/f", "wrong")
    target.setModified("out/d/f", seconds: 1_600_000_000, nanoseconds: 123_456_789)
    #expect(try restore().errorCount == 0)
    #expect(target.text("out/d/f") == "wrong")
    let verified = try restore { $0.verifies = true }
    #expect(verified.errorCount == 1)
    #expect(verified.failures.first?.path == Array("/d/f".utf8))
    #expect(try restore { $0.overwrite = .always }.bytesWritten == 5)
    #expect(target.text("out/d/f") == "right")
  }

  @Test("verify reads a file too that came back under another name")
  func verifiesAlone() throws {
    try target.write("out/a", "mine!")
    let twice = ["a", "b"].map { name in
      TestNode.file(name, "right").with {
        $0.inode = 7
        $0.linkCount = 2
      }
    }
    let outcome = try restore(twice) {
      $0.overwrite = .never
      $0.verifies = true
    }
    #expect(outcome.verified == 1 && target.text("out/a") == "mine!" && target.text("out/b") == "right")
  }

  @Test("never leaves what exists, ifNewer replaces what is older")
  func neverAndNewer() throws {
    target.makeDirectory("out/d")
    try target.write("out/d/f", "mine!")
    symlink("other", target.full("out/l"))
    let never = try restore { $0.overwrite = .never }
    #expect(never.skipped == 2 && never.files == 1 && target.text("out/d/f") == "mine!")
    #expect(target.target("out/l") == "other")
    #expect(try restore { $0.overwrite = .ifNewer }.files == 0)
    #expect(target.text("out/d/f") == "mine!")
    target.setModified("out/d/f", seconds: 1_500_000_000)
    #expect(try restore { $0.overwrite = .ifNewer }.files == 1)
    #expect(target.text("out/d/f") == "right")
  }

  @Test("extras go only from restored directories and only when asked; excluded ones stay")
  func extras() throws {
    target.makeDirectory("out/d")
    target.makeDirectory("out/d/extra")
    try target.write("out/d/extra/file", "x")
    try target.write("out/d/keep", "x")
    try target.write("out/zz", "x")
    _ = try restore()
    #expect(target.status("out/d/extra") != nil && target.status("out/zz") != nil)
    let outcome = try restore {
      $0.deletesExtrasIn = [SnapshotPath.root]
      $0.excludes = { path, _ in path.elementsEqual("/d/keep".utf8) }
    }
    #expect(outcome.deleted == 2)
    #expect(target.status("out/d/extra") == nil && target.status("out/zz") == nil)
    #expect(target.status("out/d/keep") != nil && target.text("out/d/f") == "right")
    #expect(target.status("out/d")?.st_mtim.tv_sec == 1_600_000_000)
  }

  @Test("extras go only at and below the paths that are named, and not where only a part is included")
  func extrasOutside() throws {
    target.makeDirectory("out/d")
    for name in ["out/d/extra", "out/top"] { try target.write(name, "x") }
    let outcome = try restore { $0.deletesExtrasIn = [Array("/d".utf8)] }
    #expect(outcome.deleted == 1)
    #expect(target.status("out/d/extra") == nil && target.status("out/top") != nil)
    try target.write("out/d/extra", "x")
    // Names that only begin alike are other names.
    _ = try restore { $0.deletesExtrasIn = [Array("/dd".utf8), Array("/d/e".utf8)] }
    #expect(target.status("out/d/extra") != nil)
    _ = try restore {
      $0.deletesExtrasIn = [SnapshotPath.root]
      $0.includes = { path, _ in path.elementsEqual("/d/f".utf8) }
    }
    #expect(target.status("out/d/extra") != nil && target.status("out/top") != nil)
    _ = try restore {
      $0.deletesExtrasIn = [SnapshotPath.root]
      $0.includes = { path, _ in path.elementsEqual("/d".utf8) }
    }
    #expect(target.status("out/d/extra") == nil && target.status("out/top") != nil)
  }

  @Test(
    "of directories above what was taken existing ones stay as they are, new ones are made as the snapshot has them")
  func onTheWay() throws {
    let tree = [TestNode.directory("way", [.directory("new", [.directory("d", [.file("f", "right")])])])]
    target.makeDirectory("out/way")
    chmod(target.full("out/way"), 0o711)
    target.setModified("out/way", seconds: 1_500_000_000)
    let take: (inout RestoreOptions) -> Void = { $0.takenOf = [Array("/way/new/d".utf8)] }
    #expect(try restore(tree, take).errorCount == 0)
    #expect(target.status("out/way")?.st_mode == S_IFDIR | 0o711 && target.text("out/way/new/d/f") == "right")
    #expect(target.status("out/way/new")?.st_mode == S_IFDIR | 0o755)
    chmod(target.full("out/way/new/d"), 0o711)
    _ = try restore(tree, take)
    #expect(target.status("out/way/new/d")?.st_mode == S_IFDIR | 0o755, "what was taken comes back whole")
  }

  @Test(
    "something else in the place of a directory above what was taken stays, and is named", arguments: [true, false])
  func otherOnTheWay(includesOne: Bool) throws {
    let tree: [TestNode] = [
      .directory("way", [.directory("d", [.file("f", "f"), .file("g", "g")])]), .file("top", "top"),
    ]
    target.makeDirectory("out/data")
    symlink("data", target.full("out/way"))
    let outcome = try restore(tree) {
      $0.takenOf = [Array("/way/d".utf8), Array("/top".utf8)]
      if includesOne { $0.includes = { path, _ in ["/way/d/f", "/top"].contains { path.elementsEqual($0.utf8) } } }
    }
    #expect(outcome.errorCount == 1 && outcome.failures.first?.path == Array("/way".utf8))
    #expect(outcome.failures.first?.error.code == .refused)
    #expect(target.target("out/way") == "data" && target.status("out/data/d") == nil && target.text("out/top") == "top")
  }

  @Test("a single entry is put beside what is there")
  func extrasBesideOne() throws {
    try target.write("out/a", "x")
    var options = RestoreOptions()
    options.deletesExtrasIn = [SnapshotPath.root]
    let outcome = try Restorer(reading: try stored.reading(), root: try stored.store(entries), options: options)
      .restore(Array("/big".utf8), to: target.bytes("out"))
    #expect(outcome.deleted == 0 && outcome.files == 1)
    #expect(target.status("out/a") != nil)
  }

  @Test("an extra directory stays if something excluded or protected is in it")
  func extrasWithin() throws {
    for name in ["out/d", "out/d/p", "out/d/p/q", "out/d/r"] { target.makeDirectory(name) }
    try target.write("out/d/p/q/key", "x")
    try target.write("out/d/r/x", "x")
    let outcome = try restore {
      $0.deletesExtrasIn = [SnapshotPath.root]
      $0.excludes = { path, _ in path.elementsEqual("/d/p/q/key".utf8) }
    }
    #expect(outcome.deleted == 1 && target.status("out/d/p/q/key") != nil && target.status("out/d/r") == nil)
    let place = try Directory(at: target.bytes("out/d/p/q")).status().identity
    #expect(
      try restore {
        $0.deletesExtrasIn = [SnapshotPath.root]
        $0.protectedEntries = [place]
      }.deleted == 0)
    #expect(target.status("out/d/p/q/key") != nil)
  }

  @Test(
    "what is on another file system than the target, at whatever depth, is not taken for extra",
    .enabled(if: geteuid() == 0))
  func mountPoint() throws {
    let tree = [TestNode.directory("m", [.directory("sub", [.file("f", "f")])])]
    target.makeDirectory("out/m")
    try #require(mount("none", target.full("out/m"), "tmpfs", 0, nil) == 0)
    defer { umount(target.full("out/m")) }
    target.makeDirectory("out/m/sub")
    for name in ["out/m/file", "out/m/sub/file", "out/top"] { try target.write(name, "x") }
    let outcome = try restore(tree) { $0.deletesExtrasIn = [SnapshotPath.root] }
    #expect(outcome.deleted == 1 && outcome.errorCount == 0)
    #expect(target.status("out/top") == nil && target.text("out/m/sub/f") == "f")
    #expect(target.status("out/m/file") != nil && target.status("out/m/sub/file") != nil)
  }

  @Test("an extra directory with a mount below stays whole, and a dry run knows it", .enabled(if: geteuid() == 0))
  func mountInExtra() throws {
    for name in ["out/x", "out/x/a", "out/x/m"] { target.makeDirectory(name) }
    try target.write("out/x/a/file", "x")
    try #require(mount("none", target.full("out/x/m"), "tmpfs", 0, nil) == 0)
    defer { umount(target.full("out/x/m")) }
    for isDryRun in [true, false] {
      let outcome = try restore {
        $0.deletesExtrasIn = [SnapshotPath.root]
        $0.isDryRun = isDryRun
      }
      #expect(outcome.deleted == 0 && outcome.errorCount == 0)
    }
    #expect(target.status("out/x/a/file") != nil)
  }

  @Test("nothing is changed in a protected directory, though the snapshot has it, and no target is in one")
  func protectedEntries() throws {
    for name in ["out/d", "out/d/sub"] { target.makeDirectory(name) }
    for name in ["out/d/extra", "out/d/sub/extra", "out/d/sub/f", "out/top"] { try target.write(name, "x") }
    let before = try #require(target.status("out/d"))
    let tree = [TestNode.directory("d", [.directory("sub", [.file("f", "f"), .file("g", "g")]), .file("h", "h")])]
    let protected = [try Directory(at: target.bytes("out/d")).status().identity]
    func protect(_ options: inout RestoreOptions) {
      options.overwrite = .always
      options.deletesExtrasIn = [SnapshotPath.root]
      options.protectedEntries = Set(protected)
    }
    let outcome = try restore(tree, protect)
    #expect(outcome.deleted == 1 && outcome.files == 0 && outcome.errorCount == 0)
    #expect(outcome.protected == [Array("/d".utf8)])
    let part = try restore(tree) {
      protect(&$0)
      $0.includes = { path, _ in path.elementsEqual("/d/sub/g".utf8) }
    }
    #expect(part.files == 0 && part.protected == [Array("/d".utf8)])
    #expect(target.status("out/top") == nil && target.text("out/d/sub/f") == "x")
    #expect(target.status("out/d/extra") != nil && target.status("out/d/sub/extra") != nil)
    #expect(target.status("out/d/h") == nil && target.status("out/d/sub/g") == nil)
    #expect(target.status("out/d")?.st_ctim.tv_nsec == before.st_ctim.tv_nsec)
    for place in ["out/d", "out/d/sub", "out/d/new/below", "out/d/sub/../sub"] {
      let error = #expect(throws: SnapshotsError.self) { try restore(tree, to: place, protect) }
      #expect(error?.code == .refused, "\(place)")
    }
    #expect(target.status("out/d/new") == nil)
  }

  @Test("an extra directory may be deeper than a thread's stack")
  func deepExtra() throws {
    var directory = try Directory(at: target.bytes("out"))
    for name in ["deep" as FileName] + Array(repeating: "d", count: 3_000) {
      try directory.createDirectory(name)
      directory = try directory.openDirectory(name)
    }
    let outcome = try restore { $0.deletesExtrasIn = [SnapshotPath.root] }
    #expect(outcome.deleted == 1 && outcome.errorCount == 0)
    #expect(target.status("out/deep") == nil)
  }

  @Test("what is done with each entry is told, and foretold by a dry run")
  func actions() throws {
    target.makeDirectory("out/d")
    try target.write("out/d/f", "wrong")
    try target.write("out/extra", "x")
    func told(isDryRun: Bool) throws -> [String: RestoreAction] {
      let told = Mutex<[String: RestoreAction]>([:])
      _ = try restore {
        $0.deletesExtrasIn = [SnapshotPath.root]
        $0.isDryRun = isDryRun
        $0.observe = { action, path in told.withLock { $0[String(decoding: path, as: UTF8.self)] = action } }
      }
      return told.withLock { $0 }
    }
    let expected = try told(isDryRun: true)
    #expect(
      expected == ["/d": .unchanged, "/d/f": .changed, "/big": .created, "/l": .created, "/extra": .deleted])
    #expect(try told(isDryRun: false) == expected)
    #expect(try told(isDryRun: false).values.allSatisfy { $0 == .unchanged })
  }

  @Test("a dry run counts what a restore then does, and touches nothing")
  func dryRun() throws {
    target.makeDirectory("out/d")
    try target.write("out/d/f", "wrong")
    try target.write("out/d/extra", "x")
    let before = try #require(target.status("out/d"))
    let plan = try restore {
      $0.isDryRun = true
      $0.deletesExtrasIn = [SnapshotPath.root]
    }
    #expect(target.text("out/d/f") == "wrong" && target.status("out/d/extra") != nil)
    #expect(target.status("out/big") == nil && target.status("out/l") == nil)
    #expect(target.status("out/d")?.st_ctim.tv_nsec == before.st_ctim.tv_nsec)
    let done = try restore { $0.deletesExtrasIn = [SnapshotPath.root] }
    #expect((plan.files, plan.directories, plan.others) == (done.files, done.directories, done.others))
    #expect((plan.bytesWritten, plan.deleted, plan.skipped) == (done.bytesWritten, done.deleted, done.skipped))
    let absent = try Restorer(
      reading: try stored.reading(), root: try stored.store(entries),
      options: {
        var options = RestoreOptions(); options.isDryRun = true; return options
      }()
    ).restore(to: target.bytes("nowhere"))
    #expect(absent.files == 2 && target.status("nowhere") == nil)
  }
}
