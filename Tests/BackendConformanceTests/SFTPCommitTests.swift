import Backend
import BackendTestSupport
import Glibc
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

  @Test("a deletion flushes the directory after the last name is gone, and before it returns")
  func deletion() throws {
    let names = try ["ab01", "ab02"].map { try ObjectName(.packs, $0) }
    for name in names { try backend.put(name, [1]) }
    let before = try tracedCalls(log.path + "/log").count
    try backend.delete(names)
    let calls = try tracedCalls(log.path + "/log")[before...]
    let removed = try #require(calls.lastIndex { $0.hasPrefix("unlink(") && $0.contains("/packs/ab/") })
    let flushed = try #require(calls.lastIndex { $0.hasPrefix("fsync(") && $0.contains("/packs/ab>") })
    #expect(removed < flushed, "\(calls.joined(separator: "\n"))")
  }

  @Test("what goes to the quarantine has a flushed name there before its own is taken away")
  func quarantine() throws {
    try backend.put(pack, [1])
    let before = try tracedCalls(log.path + "/log").count
    _ = try backend.quarantine(pack)
    let calls = try tracedCalls(log.path + "/log")[before...]
    let named = try #require(calls.firstIndex { $0.hasPrefix("link") && $0.contains("/quarantine/") })
    let kept = try #require(calls.firstIndex { $0.hasPrefix("fsync(") && $0.contains("/quarantine>") })
    let removed = try #require(calls.firstIndex { $0.hasPrefix("unlink(") && $0.contains("/packs/ab/") })
    let flushed = try #require(calls.lastIndex { $0.hasPrefix("fsync(") && $0.contains("/packs/ab>") })
    let order = [named, kept, removed, flushed]
    #expect(order == order.sorted(), "\(calls.joined(separator: "\n"))")
  }

  @Test(
    "what the server has lost of an upload that was cut is noticed before it gets its name", arguments: [false, true])
  func lostBytes(areLost: Bool) throws {
    let upload = try backend.beginUpload(to: .packs)
    // More than is on its way at once, so that the beginning has been acknowledged and isn't sent again.
    let piece = [UInt8](repeating: 7, count: 1 << 20)
    for _ in 0..<8 { try piece.withUnsafeBytes { try upload.append($0) } }
    let staged = try #require(backend.listStagedUploads().uploads.first)
    backend.dropConnections()
    if areLost {
      let file = open("\(directory.path)/tmp/\(staged.identifier)", O_WRONLY | O_CLOEXEC)
      defer { close(file) }
      try #require(pwrite(file, [0], 1, 0) == 1)
      expect(.io) { () throws(BackendError) in _ = try upload.commit(as: pack) }
      expect(.notFound) { () throws(BackendError) in _ = try backend.size(of: pack) }
    } else {
      #expect(try upload.commit(as: pack) == .created)
      #expect(try backend.getWhole(pack, limit: 8 << 20) == Array(repeatElement(piece, count: 8).joined()))
    }
  }

  @Test("a staged file that is not as long as what was sent gets no name, also where no connection was lost")
  func wrongLength() throws {
    let upload = try backend.beginUpload(to: .packs)
    let piece = [UInt8](repeating: 7, count: 1 << 20)
    for _ in 0..<8 { try piece.withUnsafeBytes { try upload.append($0) } }
    let staged = try #require(backend.listStagedUploads().uploads.first)
    let file = open("\(directory.path)/tmp/\(staged.identifier)", O_WRONLY | O_CLOEXEC)
    defer { close(file) }
    try #require(pwrite(file, [0], 1, 9 << 20) == 1)
    expect(.io) { () throws(BackendError) in _ = try upload.commit(as: pack) }
    expect(.notFound) { () throws(BackendError) in _ = try backend.size(of: pack) }
  }

  /// Publishes three pieces; returns what the server did until the commit returned.
  private func commit(as expected: CommitOutcome) throws -> ArraySlice<String> {
    let before = try tracedCalls(log.path + "/log").count
    let upload = try backend.beginUpload(to: .packs)
    let piece = [UInt8](repeating: 7, count: 300_000)
    for _ in 0..<3 { try piece.withUnsafeBytes { try upload.append($0) } }
    #expect(try upload.commit(as: pack) == expected)
    return try tracedCalls(log.path + "/log")[before...]
  }
}
