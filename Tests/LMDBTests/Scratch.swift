import Glibc
import LMDB
import TestSupport
import Testing

/// A directory for one test, removed with the environment files in it.
final class Scratch {
  let path: String

  init() throws {
    var template = Array("/tmp/lmdb-test-XXXXXX".utf8CString)
    let made = mkdtemp(&template)
    self.path = String(cString: try #require(made))
  }

  deinit {
    unlink(path + "/data.mdb")
    unlink(path + "/lock.mdb")
    rmdir(path)
  }

  var dataFile: String { path + "/data.mdb" }

  func open(mapSize: Int = 1 << 20, maxTables: Int = 8) throws -> Environment {
    try Environment(path: path, mapSize: mapSize, maxTables: maxTables)
  }

  /// Runs the peer process on this directory; returns its wait status.
  func runPeer(_ verb: String) throws -> Int32 {
    let tool = try #require(builtProgram("LMDBPeer"))
    let child = try spawn([tool, verb, path])
    var status: Int32 = 0
    try #require(waitpid(child, &status, 0) == child)
    return status
  }
}

extension WriteTransaction {
  mutating func put(
    _ value: String, for key: String, in table: Table, options: PutOptions = []
  ) throws(LMDBError) -> Bool {
    let key = Array(key.utf8), value = Array(value.utf8)
    return try key.lent { key throws(LMDBError) in
      try value.lent { value throws(LMDBError) in
        try self.put(value, for: key, in: table, options: options)
      }
    }
  }

  mutating func delete(_ key: String, in table: Table) throws(LMDBError) -> Bool {
    let key = Array(key.utf8)
    return try key.lent { key throws(LMDBError) in try self.delete(key, in: table) }
  }
}

extension TableReading where Self: ~Copyable {
  func value(for key: String, in table: Table) throws(LMDBError) -> String? {
    let key = Array(key.utf8)
    return try key.lent { key throws(LMDBError) in
      try withValue(for: key, in: table) { String(decoding: $0, as: UTF8.self) }
    }
  }

  /// "key=value" of every entry.
  func entries(in table: Table, from start: String? = nil) throws(LMDBError) -> [String] {
    var entries: [String] = []
    let collect = { (key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) throws(LMDBError) -> Iteration in
      entries.append(String(decoding: key, as: UTF8.self) + "=" + String(decoding: value, as: UTF8.self))
      return .next
    }
    if let start {
      let start = Array(start.utf8)
      try start.lent { start throws(LMDBError) in try forEach(in: table, from: start, collect) }
    } else {
      try forEach(in: table, collect)
    }
    return entries
  }
}

/// The code of the `LMDBError` that `body` throws, or nil.
func failure(_ body: () throws -> Void) throws -> LMDBError.Code? {
  do {
    try body()
    return nil
  } catch let error as LMDBError {
    return error.code
  }
}

extension [UInt8] {
  /// `withUnsafeBytes`, which the standard library has without typed throws only.
  func lent<R>(_ body: (UnsafeRawBufferPointer) throws(LMDBError) -> R) throws(LMDBError) -> R {
    try withUnsafeBufferPointer { bytes throws(LMDBError) in try body(UnsafeRawBufferPointer(bytes)) }
  }
}
