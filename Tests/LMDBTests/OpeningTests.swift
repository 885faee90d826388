import Glibc
import Testing

@testable import LMDB

@Suite struct OpeningTests {
  /// A closed environment of about 2 MB.
  static func filled() throws -> Scratch {
    let scratch = try Scratch()
    let environment = try scratch.open(mapSize: 1 << 23)
    let table = try environment.openTable("t")
    try environment.write { tx throws(LMDBError) in
      for number in 0..<2000 {
        _ = try tx.put(String(repeating: "x", count: 900), for: "\(number)", in: table)
      }
    }
    return scratch
  }

  static func size(_ path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : -1
  }

  @Test("one process opens a directory once, under any name, and again after closing")
  func once() throws {
    let scratch = try Scratch()
    do {
      let environment = try scratch.open()
      #expect(try failure { _ = try scratch.open() } == .alreadyOpen)
      #expect(
        try failure { _ = try Environment(path: scratch.path + "/.", mapSize: 4096, maxTables: 1) } == .alreadyOpen)
      #expect(try environment.mapSize == 1 << 20)
    }
    _ = try scratch.open()
  }

  @Test("a failed opening leaves nothing claimed")
  func failedOpening() throws {
    let scratch = try Self.filled()
    let length = Self.size(scratch.dataFile)
    #expect(truncate(scratch.dataFile, length / 2) == 0)
    #expect(try failure { _ = try scratch.open() } == .corrupted)
    #expect(try failure { _ = try scratch.open() } == .corrupted)
    unlink(scratch.dataFile)
    _ = try scratch.open()
  }

  @Test("a directory that is not there is an error that names it")
  func missing() throws {
    #expect(try failure { _ = try Environment(path: "/tmp/no-such", mapSize: 4096, maxTables: 1) } == .system(ENOENT))
  }

  @Test("the files are readable by their owner only")
  func permissions() throws {
    let scratch = try Self.filled()
    for name in ["/data.mdb", "/lock.mdb"] {
      var status = stat()
      #expect(stat(scratch.path + name, &status) == 0)
      #expect(status.st_mode & 0o777 == 0o600, "\(name)")
    }
  }

  @Test("a data file cut short anywhere is an error, never a signal")
  func truncated() throws {
    let scratch = try Self.filled()
    let length = Self.size(scratch.dataFile)
    #expect(length > 1 << 20)
    let cuts = [
      length - 1, length - 4096, length - 4097, length / 2, 12_288, 8193, 8192, 8191, 4097, 4096, 4095, 100, 1,
    ]
    for cut in cuts {
      #expect(truncate(scratch.dataFile, cut) == 0)
      #expect(try failure { _ = try scratch.open() } == .corrupted, "cut to \(cut)")
    }
  }

  @Test("an empty data file is a new environment")
  func empty() throws {
    let scratch = try Self.filled()
    #expect(truncate(scratch.dataFile, 0) == 0)
    _ = try scratch.open()
  }

  @Test("a garbage header and another version are errors")
  func garbage() throws {
    let scratch = try Self.filled()
    func patch(_ bytes: [UInt8], at offset: Int) throws {
      let file = open(scratch.dataFile, O_WRONLY)
      defer { close(file) }
      try #require(pwrite(file, bytes, bytes.count, offset) == bytes.count)
    }
    // A meta page: 16 bytes of page header, then magic and version of 4 bytes each.
    for page in [0, 4096] { try patch([99, 0, 0, 0], at: page + 20) }
    #expect(try failure { _ = try scratch.open() } == .versionMismatch)
    try patch([UInt8](repeating: 0xA5, count: 8192), at: 0)
    #expect(try failure { _ = try scratch.open() } == .corrupted)
    try patch([UInt8](repeating: 0, count: 8192), at: 0)
    #expect(try failure { _ = try scratch.open() } == .corrupted)
  }

  @Test("network filesystems are refused by name, local ones are not")
  func filesystems() throws {
    for magic in [0x6969, 0x517B, 0xFF53_4D42, 0xFE53_4D42, 0x0102_1997, 0x6573_5546] as [UInt32] {
      #expect(LocalFilesystem.refusal(magic: magic) != nil)
    }
    for magic in [0xEF53, 0x0102_1994, 0x5846_5342, 0x9123_683E] as [UInt32] {
      #expect(LocalFilesystem.refusal(magic: magic) == nil)
    }
  }
}
