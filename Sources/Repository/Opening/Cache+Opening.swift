import Cryptography
import Format
import Glibc
import LMDB

extension Cache {
  /// Opens the repository's cache below a directory of caches; makes both if need be. A cache that can't be used is
  /// deleted and made anew.
  ///
  /// A copy of the repository elsewhere holds other packs after a while, and so has a cache of its own.
  static func open(
    in directory: String, repository: RepositoryUUID, location: String
  ) throws(RepositoryError) -> Cache {
    let place = Array(location.utf8).withUnsafeBytes { SHA256Hasher.hash($0) }
    let path = "\(directory)/\(repository.hex)-\(place.hexadecimal.prefix(16))"
    try makeDirectories(path)
    do throws(LMDBError) {
      return try Cache(path: path)
    } catch {
      let curable: Set<LMDBError.Code> = [.corrupted, .versionMismatch, .incompatible, .tooManyTables]
      guard curable.contains(error.code) else {
        throw RepositoryError(.cache, "the cache \(path) can't be opened", cause: error)
      }
    }
    for file in ["data.mdb", "lock.mdb"] { unlink("\(path)/\(file)") }
    return try RepositoryError.wrapping("the new cache \(path)") { () throws(LMDBError) in try Cache(path: path) }
  }

  private static func makeDirectories(_ path: String) throws(RepositoryError) {
    // A directory above may be there and not be ours to make, so only what the last one meets counts; but where that is
    // only a missing directory above, it is why that could not be made.
    var failure = ENOENT
    for (index, character) in zip(path.indices, path) where character == "/" && index != path.startIndex {
      if mkdir(String(path[..<index]), 0o700) != 0, errno != EEXIST { failure = errno }
    }
    guard mkdir(path, 0o700) != 0, errno != EEXIST else { return }
    if errno == ENOENT { errno = failure }
    throw RepositoryError(.cache, "the cache can't be opened", cause: LMDBError.system("making its directory \(path)"))
  }
}
