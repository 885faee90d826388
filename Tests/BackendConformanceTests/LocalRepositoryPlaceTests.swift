import Backend
import BackendTestSupport
import Glibc
import TestSupport
import Testing

@Suite("The place of a local repository")
struct LocalRepositoryPlaceTests {
  let directory = TemporaryDirectory()

  @Test("without a directory or a configuration holds no repository")
  func missesRepository() throws {
    let file = directory.path + "/file"
    close(open(file, O_WRONLY | O_CREAT, 0o600))
    for path in [directory.path, directory.path + "/missing", file] {
      expect(.repositoryMissing) { () throws(BackendError) in _ = try LocalBackend.open(at: path) }
    }
    let path = directory.path + "/laid-out"
    _ = try LocalBackend.create(at: path)
    expect(.repositoryMissing) { () throws(BackendError) in _ = try LocalBackend.open(at: path) }
  }

  @Test("has one location, whatever path leads to it")
  func location() throws {
    let path = directory.path + "/repository"
    let made = try LocalBackend.create(at: path)
    try made.put(.config, [1])
    #expect(symlink("repository", directory.path + "/link") == 0)
    for other in ["/link", "/./repository/", "/repository/../link"] {
      #expect(try LocalBackend.open(at: directory.path + other).location == made.location)
    }
    #expect(made.location.hasPrefix("/"))
  }

  @Test("is taken once it has a configuration")
  func refusesSecondCreation() throws {
    try LocalBackend.create(at: directory.path).put(.config, [1])
    expect(.repositoryExists) { () throws(BackendError) in _ = try LocalBackend.create(at: directory.path) }
    #expect(try LocalBackend.open(at: directory.path).getWhole(.config, limit: 1) == [1])
  }

  @Test("is refused, and left as it is, if anything else is there")
  func refusesOccupiedPlace() throws {
    close(open(directory.path + "/letter", O_WRONLY | O_CREAT, 0o600))
    expect(.notEmpty) { () throws(BackendError) in _ = try LocalBackend.create(at: directory.path) }
    #expect(access(directory.path + "/packs", F_OK) != 0)
  }

  @Test("may be the top of a fresh file system")
  func lostAndFound() throws {
    #expect(mkdir(directory.path + "/lost+found", 0o700) == 0)
    close(open(directory.path + "/lost+found/#12", O_WRONLY | O_CREAT, 0o600))
    expect(.notEmpty) { () throws(BackendError) in _ = try LocalBackend.create(at: directory.path) }
    #expect(unlink(directory.path + "/lost+found/#12") == 0)
    try LocalBackend.create(at: directory.path).put(.config, [1])
    #expect(try LocalBackend.open(at: directory.path).getWhole(.config, limit: 1) == [1])
  }

  @Test("is taken over from a creation that was cut off before it stored anything")
  func takesOverEmptyLayout() throws {
    #expect(mkdir(directory.path + "/keys", 0o700) == 0)
    #expect(mkdir(directory.path + "/tmp", 0o700) == 0)
    _ = try LocalBackend.create(at: directory.path)
  }

  @Test("is taken over from a creation that was cut off before its configuration stood")
  func takesOverLeftovers() throws {
    let id = String(repeating: "a1", count: 16)
    do {
      let backend = try LocalBackend.create(at: directory.path)
      try backend.put(ObjectName(.keys, id), [1])
      try backend.setReserve(4096)
      close(open("\(directory.path)/tmp/\(id)", O_WRONLY | O_CREAT, 0o400))
      // It is still at work.
      expect(.notEmpty) { () throws(BackendError) in _ = try LocalBackend.create(at: directory.path) }
      #expect(try backend.list(.keys).objects.count == 1)
    }
    let backend = try LocalBackend.create(at: directory.path)
    #expect(try backend.list(.keys).objects.isEmpty)
    #expect(try backend.listStagedUploads().uploads.isEmpty)
    #expect(access(directory.path + "/reserve", F_OK) != 0)
  }

  @Test("is refused, and left as it is, where a repository has lost its configuration", arguments: ["packs", "index"])
  func refusesLostConfiguration(area: String) throws {
    let id = String(repeating: "a1", count: 32)
    do {
      let backend = try LocalBackend.create(at: directory.path)
      try backend.put(ObjectName(.keys, String(id.prefix(32))), [1])
      try backend.put(ObjectName(area == "packs" ? .packs : .index, id), [1])
    }
    expect(.notEmpty) { () throws(BackendError) in _ = try LocalBackend.create(at: directory.path) }
    #expect(access("\(directory.path)/keys/\(id.prefix(32))", F_OK) == 0)
  }

  @Test(
    "without what is empty while nobody is at work gets it again",
    arguments: ["tmp", "intents", "tombstones", "sweeps"])
  func remakesEmptyParts(part: String) throws {
    try LocalBackend.create(at: directory.path).put(.config, [1])
    #expect(rmdir("\(directory.path)/\(part)") == 0)
    let backend = try LocalBackend.open(at: directory.path)
    try backend.put(ObjectName(.intents, "a"), [1])
    #expect(access("\(directory.path)/\(part)", F_OK) == 0)
  }

  @Test("with a part of the layout gone is damaged, not empty", arguments: ["packs", "snapshots"])
  func refusesDamagedLayout(part: String) throws {
    try LocalBackend.create(at: directory.path).put(.config, [1])
    #expect(rmdir("\(directory.path)/\(part)") == 0)
    expect(.damagedLayout) { () throws(BackendError) in _ = try LocalBackend.open(at: directory.path) }
    #expect(symlink("keys", "\(directory.path)/\(part)") == 0)
    expect(.damagedLayout) { () throws(BackendError) in _ = try LocalBackend.open(at: directory.path) }
  }
}
