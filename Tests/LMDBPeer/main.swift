import Glibc
import LMDB

// What a second process does to an environment, for LMDBTests: `LMDBPeer VERB DIRECTORY`.
let verb = CommandLine.arguments[1]
let environment = try Environment(path: CommandLine.arguments[2], mapSize: 1 << 16, maxTables: 4)
let table = try environment.openTable("peer")

switch verb {
case "grow":
  // 8 MiB: far past the other process's map.
  let value = [UInt8](repeating: 1, count: 8192)
  try environment.write { tx throws(LMDBError) in
    for number in 0..<1024 {
      try withUnsafeBytes(of: UInt64(number).bigEndian) { key throws(LMDBError) in
        try value.withUnsafeBufferPointer { value throws(LMDBError) in
          _ = try tx.put(UnsafeRawBufferPointer(value), for: key, in: table)
        }
      }
    }
  }
case "die-reading":
  let tx = try ReadTransaction(environment)
  _ = try tx.count(of: table)
  kill(getpid(), SIGKILL)
default:
  exit(2)
}
