import Cryptography
import Format
import Glibc
import LMDB

extension Cache {
  /// Where the repository's cache is below a directory of caches.
  ///
  /// A copy of the repository elsewhere holds other packs after a while, and so has a cache of its own.
  static func path(in directory: String, repository: RepositoryUUID, location: String) -> String {
    let place = Array(location.utf8).withUnsafeBytes { SHA256Hasher.hash($0) }
    return "\(directory)/\(repository.hex)-\(place.hexadecimal.prefix(16))"
  }

  /// Opens a cache; makes it, and the directories above it, if need be. One that can't be used is deleted and made anew.
  static func open(_ path: String) throws(RepositoryError) -> Cache {
    try makeDirectories(path)
    do throws(LMDBError) {
      return try Cache(path: path)
    } catch {
      let curable: Set<LMDBError.Code> = [.corrupted, .versionMismatch, .incompatible, .tooManyTables]
      guard curable.contains(error.code) else {
        throw RepositoryError(.cache, "the cache \(path) can't be opened", cause: error)
      }
    }
    delete(path)
    try makeDirectories(path)
    return try RepositoryError.wrapping("the new cache \(path)") { () throws(LMDBError) in try Cache(path: path) }
  }

  /// Deletes a cache. Whoever has it open goes on with what he has; in one step, so that nobody ever opens one of its files with
  /// a new one beside it, which would be two locks of one.
  static func delete(_ path: String) {
    let aside = "\(path).damaged"
    remove(aside)
    rename(path, aside)
    remove(aside)
  }

  private static func remove(_ path: String) {
    for file in ["data.mdb", "lock.mdb"] { unlink("\(path)/\(file)") }
    rmdir(path)
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
