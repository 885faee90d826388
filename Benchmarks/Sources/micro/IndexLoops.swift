import Backend
import CRaw
import Cryptography
import Format
import Repository

/// Looking chunks up in the cached index.
enum IndexLoops {
  static func run(_ meter: Meter, directory: String) throws -> [Loop] {
    let count = meter.amount(200_000, smoke: 500)
    var samples = Samples()
    let backend = InMemoryBackend()
    let password = SecretBytes(count: 8) { _ in }
    let now = Timestamp(seconds: 1_800_000_000)
    _ = try Repository.create(
      on: backend, password: password, slot: KeySlotLabel(label: "", host: "", user: ""), now: now)
    let repository = try Repository.open(backend, password: password, cacheDirectory: directory + "/cache")
    let owner = SessionOwner(time: now, host: "", user: "", process: 1, program: "micro")
    let filling = try repository.beginWriting(by: owner)
    let filler = try filling.chunkWriter()
    var hits: [ChunkID] = []
    for _ in 0..<count { hits.append(try samples.random(64).withBytes { try filler.store($0, kind: .data).id }) }
    try filler.flush()
    try filling.finish()
    hits.shuffle(using: &samples)
    let misses = hits.map { _ in samples.random(32).withBytes { ChunkID(Digest256($0)) } }

    let session = try repository.beginWriting(by: owner)
    let writer = try session.chunkWriter()
    func rate(_ ids: [ChunkID], expecting expected: Bool) throws -> Double {
      var found = 0
      let rate = try meter.rate(ids.count) {
        found = 0
        for id in ids where try writer.isStored(id) { found += 1 }
      }
      try RawFailure.check(found == (expected ? ids.count : 0), "looking up")
      return rate
    }
    let firn = (hit: try rate(hits, expecting: true), miss: try rate(misses, expecting: false))
    try repository.abandon(session)
    let raw = try raw(hits, misses, meter, path: directory + "/raw")
    return [
      Loop("look-up of \(count) chunks, hit", .operations, firn.hit, limit: "LMDB, one view", raw.hit),
      Loop("look-up of \(count) chunks, miss", .operations, firn.miss, limit: "LMDB, one view", raw.miss),
    ]
  }

  /// The same keys with values of the same length in a table that was loaded in order and is read through one view.
  private static func raw(
    _ hits: [ChunkID], _ misses: [ChunkID], _ meter: Meter, path: String
  ) throws -> (hit: Double, miss: Double) {
    var environment: OpaquePointer?
    try RawFailure.check(mdb_env_create(&environment) == 0, "mdb_env_create")
    defer { mdb_env_close(environment) }
    mdb_env_set_mapsize(environment, 1 << 30)
    try RawFailure.check(mdb_env_open(environment, path, UInt32(MDB_NOSUBDIR), 0o600) == 0, "mdb_env_open")
    var transaction: OpaquePointer?
    var table: MDB_dbi = 0
    try RawFailure.check(mdb_txn_begin(environment, nil, 0, &transaction) == 0, "mdb_txn_begin")
    try RawFailure.check(mdb_dbi_open(transaction, nil, 0, &table) == 0, "mdb_dbi_open")
    var place: UInt64 = 0
    for id in hits.sorted() {
      let result = withUnsafeMutableBytes(of: &place) { place in
        var value = MDB_val(mv_size: place.count, mv_data: place.baseAddress)
        return withKey(id) { key in mdb_put(transaction, table, &key, &value, UInt32(MDB_APPEND)) }
      }
      try RawFailure.check(result == 0, "mdb_put")
      place += 1
    }
    try RawFailure.check(mdb_txn_commit(transaction) == 0, "mdb_txn_commit")
    try RawFailure.check(mdb_txn_begin(environment, nil, UInt32(MDB_RDONLY), &transaction) == 0, "mdb_txn_begin")
    defer { mdb_txn_abort(transaction) }
    func rate(_ ids: [ChunkID]) -> Double {
      var value = MDB_val()
      var found = 0
      return meter.rate(ids.count) {
        for id in ids { found += withKey(id) { mdb_get(transaction, table, &$0, &value) } == 0 ? 1 : 0 }
      }
    }
    return (rate(hits), rate(misses))
  }

  private static func withKey(_ id: ChunkID, _ body: (inout MDB_val) -> Int32) -> Int32 {
    id.digest.withUnsafeBytes { bytes in
      var key = MDB_val(mv_size: bytes.count, mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
      return body(&key)
    }
  }
}
