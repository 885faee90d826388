import Glibc
import Synchronization
import Testing

@testable import LMDB

private final class Counter: Sendable {
  let count = Atomic(0)
}

@Suite struct ConcurrencyTests {
  @Test("a map that is full is doubled until the write fits, and the write runs again from the start")
  func growth() throws {
    let scratch = try Scratch()
    let environment = try scratch.open(mapSize: 1 << 16)
    let table = try environment.openTable("t")
    var runs = 0
    try environment.write { tx throws(LMDBError) in
      runs += 1
      for number in 0..<2000 { _ = try tx.put(String(repeating: "x", count: 1000), for: "\(number)", in: table) }
    }
    #expect(runs > 1)
    #expect(try environment.mapSize >= 1 << 21)
    #expect(try environment.read { tx throws(LMDBError) in try tx.count(of: table) } == 2000)
  }

  @Test("a full disk is called that", .enabled(if: geteuid() == 0, "mounts a file system"))
  func fullDisk() throws {
    let scratch = try Scratch()
    let path = scratch.path + "/small"
    mkdir(path, 0o700)
    try #require(mount("none", path, "tmpfs", 0, "size=1m") == 0)
    defer { umount2(path, Int32(MNT_DETACH)) }
    let environment = try Environment(path: path, mapSize: 1 << 24, maxTables: 1)
    let table = try environment.openTable("t")
    let code = try failure {
      for number in 0..<20 {
        try environment.write { tx throws(LMDBError) in
          _ = try tx.put(String(repeating: "x", count: 100_000), for: "\(number)", in: table)
        }
      }
    }
    #expect(code == .system(ENOSPC))
  }

  @Test("growth that a read transaction holds up gives an error, and works once that is reset")
  func heldUp() throws {
    let scratch = try Scratch()
    let environment = try Environment(path: scratch.path, mapSize: 1 << 16, maxTables: 1, resizePatience: 0)
    let table = try environment.openTable("t")
    func fill() throws {
      try environment.write { tx throws(LMDBError) in
        for number in 0..<200 { _ = try tx.put(String(repeating: "x", count: 1000), for: "\(number)", in: table) }
      }
    }
    var reader = try ReadTransaction(environment)
    #expect(try failure(fill) == .mapFull)
    #expect(try reader.count(of: table) == 0)
    reader.reset()
    #expect(try failure(fill) == nil)
    try reader.renew()
    #expect(try reader.count(of: table) == 200)
  }

  @Test("a read transaction keeps its view until it is renewed")
  func isolation() throws {
    let scratch = try Scratch()
    let environment = try scratch.open()
    let table = try environment.openTable("t")
    var reader = try ReadTransaction(environment)
    try environment.write { tx throws(LMDBError) in _ = try tx.put("1", for: "a", in: table) }
    #expect(try reader.count(of: table) == 0)
    try reader.renew()
    #expect(try reader.count(of: table) == 1)
  }

  @Test("readers see whole commits only, while two writers write and the map grows")
  func readersAndWriters() async throws {
    let scratch = try Scratch()
    let environment = try scratch.open(mapSize: 1 << 16)
    let table = try environment.openTable("t")
    let finished = Counter()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<2 {
        group.addTask {
          defer { finished.count.add(1, ordering: .releasing) }
          for round in 0..<40 {
            // Ten entries at a time: any view has a multiple of ten.
            try environment.write { tx throws(LMDBError) in
              for entry in 0..<10 {
                _ = try tx.put(String(repeating: "x", count: 900), for: "\(writer)-\(round)-\(entry)", in: table)
              }
            }
          }
        }
      }
      for _ in 0..<2 {
        group.addTask {
          var reader = try ReadTransaction(environment)
          var last = 0
          repeat {
            try reader.renew()
            let count = try reader.count(of: table)
            #expect(count.isMultiple(of: 10) && count >= last)
            #expect(try reader.entries(in: table).count == count)
            last = count
            reader.reset()
          } while finished.count.load(ordering: .acquiring) < 2
        }
      }
      try await group.waitForAll()
    }
    #expect(try environment.read { tx throws(LMDBError) in try tx.count(of: table) } == 800)
    #expect(try environment.mapSize > 1 << 16)
  }

  @Test("a map that another process has grown is taken over, by readers and by writers")
  func otherProcessGrows() throws {
    for asReader in [true, false] {
      let scratch = try Scratch()
      let environment = try scratch.open(mapSize: 1 << 16)
      let table = try environment.openTable("peer")
      var reader = try ReadTransaction(environment)
      reader.reset()
      #expect(try scratch.runPeer("grow") == 0)
      if asReader {
        try reader.renew()
        #expect(try reader.count(of: table) == 1024)
      } else {
        try environment.write { tx throws(LMDBError) in _ = try tx.put("1", for: "mine", in: table) }
        #expect(try environment.read { tx throws(LMDBError) in try tx.count(of: table) } == 1025)
      }
      #expect(try environment.mapSize > 1 << 23)
    }
  }

  @Test("the slot of a reader that was killed is cleared")
  func staleReader() throws {
    let scratch = try Scratch()
    let environment = try scratch.open()
    #expect(try environment.clearStaleReaders() == 0)
    #expect(try scratch.runPeer("die-reading") == SIGKILL)
    #expect(try environment.clearStaleReaders() == 1)
  }
}
