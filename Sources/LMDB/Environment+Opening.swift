import CLMDB
import Glibc

extension Environment {
  /// Reader slots of all processes together; whoever makes the lock file decides. Each is a cache line in that file. LMDB's
  /// default of 126 is fewer than a machine may have processors, and each of a command's workers holds one.
  private static let readerLimit: UInt32 = 8192

  /// Opens and checks the files in `path`.
  static func open(_ path: String, mapSize: Int, maxTables: Int) throws(LMDBError) -> OpaquePointer {
    var created: OpaquePointer?
    try LMDBError.check(mdb_env_create(&created), "making an environment for \(path)")
    guard let handle = created else { throw LMDBError(code: .system(ENOMEM), message: "no memory for \(path)") }
    do throws(LMDBError) {
      try LMDBError.check(mdb_env_set_mapsize(handle, roundedToPages(mapSize)), "setting the map size of \(path)")
      try LMDBError.check(mdb_env_set_maxdbs(handle, UInt32(maxTables)), "setting the table limit of \(path)")
      try LMDBError.check(mdb_env_set_maxreaders(handle, readerLimit), "setting the reader limit of \(path)")
      // Reader slots belong to transactions rather than threads, so that a transaction may be handed to another thread.
      // Not MDB_WRITEMAP: a full disk would be a SIGBUS. Not MDB_NOSYNC: a crash could take the whole file.
      try LMDBError.check(mdb_env_open(handle, path, UInt32(MDB_NOTLS), 0o600), "opening \(path)")
      try checkLength(handle, path)
    } catch {
      mdb_env_close(handle)
      throw error
    }
    return handle
  }

  /// Throws `.corrupted` when the data file can't hold the pages that its newest meta page speaks of.
  ///
  /// LMDB itself reads them through the map, where a file cut short is a SIGBUS.
  private static func checkLength(_ handle: OpaquePointer, _ path: String) throws(LMDBError) {
    // The meta page is read before the length, because another process may be committing: a file is longer first.
    var info = MDB_envinfo()
    try LMDBError.check(mdb_env_info(handle, &info), "inspecting \(path)")
    var statistics = MDB_stat()
    try LMDBError.check(mdb_env_stat(handle, &statistics), "inspecting \(path)")
    var descriptor: mdb_filehandle_t = -1
    try LMDBError.check(mdb_env_get_fd(handle, &descriptor), "inspecting \(path)")
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .system("reading the length of \(path)/data.mdb") }

    let pageSize = Int(statistics.ms_psize)
    let (pages, pagesOverflow) = info.me_last_pgno.addingReportingOverflow(1)
    let (needed, overflow) = pages.multipliedReportingOverflow(by: pageSize)
    let length = Int(status.st_size)
    guard pageSize > 0, !pagesOverflow, !overflow, length >= needed, length.isMultiple(of: pageSize) else {
      throw LMDBError(
        code: .corrupted,
        message: "\(path)/data.mdb has \(length) bytes where \(pages) pages of \(pageSize) bytes are in use")
    }
  }

  /// `size` rounded up to whole pages of the machine.
  static func roundedToPages(_ size: Int) -> Int {
    let page = sysconf(Int32(_SC_PAGESIZE))
    return (size + page - 1) / page * page
  }
}
