import LMDB
import Testing

@Suite struct TableTests {
  @Test("what is put is got, in the same transaction, in the next, and after reopening")
  func putGet() throws {
    let scratch = try Scratch()
    do {
      let environment = try scratch.open()
      let table = try environment.openTable("t")
      try environment.write { tx throws(LMDBError) in
        _ = try tx.put("1", for: "a", in: table)
        _ = try tx.put("", for: "empty", in: table)
        let seen = try tx.value(for: "a", in: table)
        #expect(seen == "1")
      }
      #expect(try environment.read { tx throws(LMDBError) in try tx.value(for: "a", in: table) } == "1")
    }
    let environment = try scratch.open()
    let table = try environment.openTable("t")
    try environment.read { tx throws(LMDBError) in
      #expect(try tx.value(for: "a", in: table) == "1")
      #expect(try tx.value(for: "empty", in: table) == "")
      #expect(try tx.value(for: "b", in: table) == nil)
      #expect(try tx.count(of: table) == 2)
    }
  }

  @Test("noOverwrite keeps what is there, append refuses a key out of order, delete and clear remove")
  func options() throws {
    let scratch = try Scratch()
    let environment = try scratch.open()
    let table = try environment.openTable("t")
    try environment.write { tx throws(LMDBError) in
      let first = try tx.put("1", for: "k", in: table, options: .noOverwrite)
      let second = try tx.put("2", for: "k", in: table, options: .noOverwrite)
      #expect(first && !second)
      #expect(try tx.value(for: "k", in: table) == "1")
      _ = try tx.put("3", for: "l", in: table, options: .append)
      let there = try tx.delete("k", in: table)
      let gone = try tx.delete("k", in: table)
      #expect(there && !gone)
      #expect(try tx.entries(in: table) == ["l=3"])
    }
    let code = try failure {
      try environment.write { tx throws(LMDBError) in _ = try tx.put("0", for: "a", in: table, options: .append) }
    }
    #expect(code == .keyExists)
    try environment.write { tx throws(LMDBError) in try tx.clear(table) }
    #expect(try environment.read { tx throws(LMDBError) in try tx.count(of: table) } == 0)
  }

  @Test("a write that throws leaves no trace and its error comes through")
  func abort() throws {
    let scratch = try Scratch()
    let environment = try scratch.open()
    let table = try environment.openTable("t")
    let code = try failure {
      try environment.write { tx throws(LMDBError) in
        _ = try tx.put("1", for: "a", in: table)
        throw .aborted("changed my mind")
      }
    }
    #expect(code == .aborted)
    #expect(try environment.read { tx throws(LMDBError) in try tx.count(of: table) } == 0)
  }

  @Test("keys that are empty or too long are refused")
  func keySizes() throws {
    let scratch = try Scratch()
    let environment = try scratch.open()
    let table = try environment.openTable("t")
    for key in ["", String(repeating: "k", count: 512)] {
      let code = try failure {
        try environment.write { tx throws(LMDBError) in _ = try tx.put("", for: key, in: table) }
      }
      #expect(code == .badSize, "\(key.count) bytes")
    }
  }

  @Test("iteration goes in byte order, from a key on, and stops when told")
  func order() throws {
    let scratch = try Scratch()
    let environment = try scratch.open(mapSize: 1 << 20)
    let table = try environment.openTable("t")
    let keys = (0..<3000).map { String($0 &* 7919 % 3000) }
    try environment.write { tx throws(LMDBError) in
      for key in keys { _ = try tx.put("v", for: key, in: table) }
    }
    let sorted = keys.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }.map { $0 + "=v" }
    try environment.read { tx throws(LMDBError) in
      #expect(try tx.entries(in: table) == sorted)
      #expect(try tx.entries(in: table, from: "5000") == sorted.filter { $0.dropLast(2) >= "5000" })
      #expect(try tx.entries(in: table, from: "999=") == [])
      var seen = 0
      try tx.forEach(in: table) { _, _ in
        seen += 1
        return seen == 10 ? .stop : .next
      }
      #expect(seen == 10)
    }
  }

  @Test("many tables stay apart; one too many is refused")
  func manyTables() throws {
    let scratch = try Scratch()
    let environment = try scratch.open(maxTables: 20)
    let tables = try (0..<20).map { try environment.openTable("t\($0)") }
    try environment.write { tx throws(LMDBError) in
      for table in tables { _ = try tx.put(table.name, for: "name", in: table) }
    }
    try environment.read { tx throws(LMDBError) in
      for table in tables { #expect(try tx.entries(in: table) == ["name=\(table.name)"]) }
    }
    #expect(try failure { _ = try environment.openTable("t20") } == .tooManyTables)
  }
}
