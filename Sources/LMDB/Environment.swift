import CLMDB
import Glibc

/// An LMDB environment: ordered tables of byte strings in one memory-mapped file, with transactions that survive crashes.
///
/// Any number of threads and processes may read while one writes. A commit is durable when it returns. The directory
/// holds `data.mdb` and `lock.mdb` and nothing should touch them while they are open: a file cut short under a running
/// process ends it with SIGBUS, and damage inside pages shows only as far as LMDB checks for it.
public final class Environment: Sendable {
  /// The directory the environment lies in.
  public let path: String

  // LMDB's own rules, which `gate` enforces, make the handle safe to share.
  nonisolated(unsafe) let handle: OpaquePointer
  let gate: MapGate
  private let claim: DirectoryClaim

  /// Opens the environment in the existing directory at `path`, or makes one there, its files readable by their owner only.
  ///
  /// Slots of readers that died are cleared. The files are checked as far as is possible without reading all of them;
  /// after an error of `.corrupted` or `.versionMismatch` they can only be deleted.
  ///
  /// - Parameters:
  ///   - mapSize: Bytes of address space to begin with, and so the file's first limit; a write that needs more doubles it.
  ///   - maxTables: How many tables will be opened at most.
  ///
  /// Throws `.alreadyOpen`, `.networkFilesystem`, `.corrupted`, `.versionMismatch` or `.system`.
  public convenience init(path: String, mapSize: Int, maxTables: Int) throws(LMDBError) {
    try self.init(path: path, mapSize: mapSize, maxTables: maxTables, resizePatience: 30)
  }

  /// - Parameter resizePatience: Seconds to wait for this process's transactions to end before the map is resized.
  init(path: String, mapSize: Int, maxTables: Int, resizePatience: Int) throws(LMDBError) {
    precondition(mapSize > 0 && maxTables > 0, "an environment needs room and tables")
    let claim = try DirectoryClaim(path: path)
    try LocalFilesystem.require(path)
    self.handle = try Self.open(path, mapSize: mapSize, maxTables: maxTables)
    self.path = path
    self.gate = MapGate(patience: resizePatience)
    self.claim = claim
    try clearStaleReaders()
  }

  deinit { mdb_env_close(handle) }

  /// Bytes of address space the map takes now.
  public var mapSize: Int {
    get throws(LMDBError) {
      try gate.enter()
      defer { gate.leave() }
      var info = MDB_envinfo()
      try LMDBError.check(mdb_env_info(handle, &info), "inspecting \(path)")
      return info.me_mapsize
    }
  }

  /// Frees the slots of readers whose process died, so that the pages they held can be used again; gives how many there were.
  @discardableResult
  func clearStaleReaders() throws(LMDBError) -> Int {
    var dead: Int32 = 0
    try LMDBError.check(mdb_reader_check(handle, &dead), "clearing the readers of \(path)")
    return Int(dead)
  }
}
