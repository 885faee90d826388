import Repository

/// What becomes of a cache that a command finds damaged: it is deleted, and filled anew by the next run.
enum DamagedCache {
  /// Runs `body`. If a damaged cache ends it, those of the repositories that are open by then are deleted.
  ///
  /// - Throws: what `body` throws; where caches were deleted, an error that says so.
  static func deleting<Result>(of repositories: () -> [Repository], _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch {
      guard let message = delete(of: repositories(), after: error) else { throw error }
      throw CommandError(.failed, "\(message): \(error)")
    }
  }

  /// Deletes the caches of repositories if an error says that one of them is damaged: it doesn't say which.
  ///
  /// - Returns: what to tell of it; nil if none was deleted.
  static func delete(of repositories: [Repository], after error: any Error) -> String? {
    let failure = sequence(first: error) { ErrorReport.cause(of: $0) }.lazy.compactMap { $0 as? RepositoryError }
      .first(where: \.saysCacheDamaged)
    guard let failure else { return nil }
    let deleted = repositories.filter { $0.deleteCache(ifDamagedBy: failure) }.map(\.cacheDirectory)
    let names = deleted.joined(separator: ", ")
    return deleted.count == 1
      ? "the cache \(names) was damaged and has been deleted; run the command again"
      : "a cache was damaged, so \(names) have been deleted; run the command again"
  }
}
