import Backend
import BackendTestSupport
import TestSupport
import Testing

/// What a server does for a commit, seen from outside by strace.
@Suite("The system calls of a commit over SFTP")
struct SFTPCommitTests {
  private let directory = TemporaryDirectory()
  private let log = TemporaryDirectory()
  private let server: SSHServer
  private let backend: SFTPBackend
  private let pack: ObjectName

  init() throws {
    server = try SSHServer(tracedTo: log.path + "/log")
    backend = try SFTPBackend.create(server.place(directory.path))
    pack = try ObjectName(.packs, "ab01")
    try backend.put(.config, [1])
  }

  @Test("flush the bytes before the name, and the name and its directory before returning")
  func areInOrder() throws {
    let calls = try commit(as: .created)
    let writes = calls.indices.filter { calls[$0].hasPrefix("write(") && calls[$0].contains("/tmp/") }
    let flush = try #require(calls.firstIndex { $0.hasPrefix("fsync(") && $0.contains("\(directory.path)/tmp/") })
    let made = try #require(calls.firstIndex { $0.hasPrefix("mkdir(") && $0.contains("/packs/ab\"") })
    let parent = try #require(calls.firstIndex { $0.hasPrefix("fsync(") && $0.contains("/packs>") })
    let named = try #require(calls.firstIndex { $0.hasPrefix("link") && $0.contains("/packs/ab/ab01\"") })
    let entered = try #require(calls.lastIndex { $0.hasPrefix("fsync(") && $0.contains("/packs/ab>") })
    #expect(writes.count >= 3)
    let order = writes + [flush, named, entered]
    #expect(order == order.sorted(), "\(calls.joined(separator: "\n"))")
    #expect(made < parent && parent < named)
    #expect(calls.contains { $0.hasPrefix("unlink(") && $0.contains("/tmp/") })
  }

  @Test("flush the directory even where the name was taken")
  func flushTakenName() throws {
    try backend.put(pack, [1])
    let calls = try commit(as: .alreadyExists)
    let named = try #require(calls.firstIndex { $0.hasPrefix("link") && $0.contains("EEXIST") })
    let entered = try #require(calls.lastIndex { $0.hasPrefix("fsync(") && $0.contains("/packs/ab>") })
    #expect(named < entered)
    #expect(try backend.getWhole(pack, limit: 1) == [1])
    #expect(try backend.listStagedUploads().uploads == [])
  }

  /// Publishes three pieces; returns what the server did until the commit returned.
  private func commit(as expected: CommitOutcome) throws -> ArraySlice<String> {
    let before = try calls().count
    let upload = try backend.beginUpload(to: .packs)
    let piece = [UInt8](repeating: 7, count: 300_000)
    for _ in 0..<3 { try piece.withUnsafeBytes { try upload.append($0) } }
    #expect(try upload.commit(as: pack) == expected)
    return try calls()[before...]
  }

  private func calls() throws -> [String] {
    let text = try #require(run(["cat", log.path + "/log"])).output
    try #require(!text.isEmpty, "strace traced nothing: the tests need it, and the right to trace (CAP_SYS_PTRACE)")
    // Each line begins with the process id.
    return text.split(separator: "\n").map { String($0.drop { $0 != " " }.drop { $0 == " " }) }
  }
}
