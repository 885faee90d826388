import CLMDB

extension Environment {
  /// Doubles the map, once this process's transactions have ended.
  func growMap() throws(LMDBError) {
    try resize { info in info.me_mapsize * 2 }
  }

  /// Takes over the size to which another process has grown the map.
  func adoptMap() throws(LMDBError) {
    try resize { _ in 0 }
  }

  private func resize(_ newSize: (MDB_envinfo) -> Int) throws(LMDBError) {
    try gate.resize(path) { () throws(LMDBError) in
      var info = MDB_envinfo()
      try LMDBError.check(mdb_env_info(handle, &info), "inspecting \(path)")
      let size = newSize(info)
      let result = mdb_env_set_mapsize(handle, size)
      // LMDB has unmapped the old range when this fails; the gate sees to it that nothing runs without a map.
      try LMDBError.check(result, "resizing the map of \(path) to \(size) bytes")
    }
  }
}
