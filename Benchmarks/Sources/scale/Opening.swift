import Cryptography
import Format
import Repository

/// What a client does with an index of some size.
enum Opening {
  /// Opens the repository and brings the cached index up to date: fills it, if the cache is empty.
  static func refresh(_ place: Place) throws -> [(name: String, value: Double)] {
    var opened: Repository?
    let opening = try seconds { opened = try place.open() }
    let refreshing = try seconds { try opened?.refreshIndex() }
    return [("open", opening), ("refresh", refreshing)]
  }

  /// Looks chunks up one by one, each once: seconds for each.
  static func lookUp(_ place: Place, ids path: String) throws -> [(name: String, value: Double)] {
    let hits = try IDSample.shuffled(from: path)
    let misses = try hits.map { _ in try randomID() }
    let repository = try place.open()
    let session = try repository.beginWriting(by: Place.owner)
    let writer = try session.chunkWriter()
    func time(_ ids: [ChunkID], expecting expected: Int) throws -> Double {
      var found = 0
      let time = try seconds { for id in ids where try writer.isStored(id) { found += 1 } }
      guard found == expected else { throw LookUpFailure(found: found, expected: expected) }
      return time / Double(ids.count)
    }
    let hit = try time(hits, expecting: hits.count)
    let miss = try time(misses, expecting: 0)
    try repository.abandon(session)
    return [("hit", hit), ("miss", miss)]
  }

  private static func randomID() throws -> ChunkID {
    try withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { bytes in
      try RandomBytes.fill(bytes)
      return ChunkID(Digest256(UnsafeRawBufferPointer(bytes)))
    }
  }
}

/// The index knows of more or fewer chunks than there are.
struct LookUpFailure: Error {
  let found: Int
  let expected: Int
}
