import Backend
import BackendTestSupport
import Glibc
import TestSupport
import Testing

@Suite("A repository on a server")
struct SFTPBackendTests {
  @Test("may be made at the top of a fresh file system")
  func lostAndFound() throws {
    let directory = TemporaryDirectory()
    let place = try SSHServer.shared.get().place(directory.path)
    #expect(mkdir(directory.path + "/lost+found", 0o700) == 0)
    close(open(directory.path + "/lost+found/#12", O_WRONLY | O_CREAT, 0o600))
    expect(.notEmpty) { () throws(BackendError) in _ = try SFTPBackend.create(place) }
    #expect(unlink(directory.path + "/lost+found/#12") == 0)
    try SFTPBackend.create(place).put(.config, [1])
    #expect(try SFTPBackend.open(place).getWhole(.config, limit: 1) == [1])
  }

  @Test("keeps no directory open on the server where another one could not be listed")
  func closesDirectories() throws {
    let fixture = try SFTPFixture()
    #expect(rmdir(fixture.path + "/snapshots") == 0)
    expect(.notFound) { () throws(BackendError) in _ = try fixture.backend.list([.index, .snapshots, .tombstones]) }
    // What comes later on this connection has the ones before it done.
    #expect(try fixture.backend.list(.sweeps).objects == [])
    let command = "ls -l /proc/[0-9]*/fd 2>/dev/null | grep -c '> \(fixture.path)/[it]'"
    #expect(run(["sh", "-c", command])?.output == "0\n")
  }

  @Test("believes no length that no object can have, like one in a directory")
  func boundsLengths() throws {
    let fixture = try SFTPFixture()
    let name = try ObjectName(.packs, "ab01")
    try fixture.backend.put(.config, [1])
    try fixture.backend.put(name, [1])
    #expect(truncate(fixture.path + "/packs/ab/ab01", 1 << 41) == 0)
    for backend in [fixture.backend, try LocalBackend.open(at: fixture.path)] as [any Backend] {
      #expect(try backend.size(of: name) == 1 << 41)
    }
    #expect(truncate(fixture.path + "/packs/ab/ab01", (1 << 41) + 1) == 0)
    for backend in [fixture.backend, try LocalBackend.open(at: fixture.path)] as [any Backend] {
      expect(.tooLarge, naming: name) { () throws(BackendError) in _ = try backend.size(of: name) }
      #expect(try backend.list(.packs).objects == [])
    }
  }
}
