import Backend
import Format

extension Repository {
  /// The bytes that are set aside, so that a prune can work on a full disk: room for its records and a few segments.
  static let reserve: UInt64 = 2 << 20
}

extension Prune {
  /// Gives the reserve free where space is short: before anything is written, the intent included.
  func makeRoom() throws(RepositoryError) {
    guard let free = try space(), free < 2 * Repository.reserve else { return }
    try RepositoryError.wrapping("the reserve") { () throws(BackendError) in try context.backend.setReserve(0) }
  }

  /// So many bytes of packs can be written, about, before others are removed: the rest is for records and index segments,
  /// directories and parity.
  func roomForPacks() throws(RepositoryError) -> UInt64 {
    guard let free = try space() else { return .max }
    let rest = free - min(free, Repository.reserve / 2)
    return rest - rest / 8
  }

  /// Sets the reserve aside again.
  func keepReserve() throws(RepositoryError) {
    do throws(BackendError) {
      try context.backend.setReserve(Repository.reserve)
    } catch let error where error.code == .noSpace {
      report.warn(.noSpace, "there is no space for the reserve that a prune on a full disk needs: \(error)")
    } catch {
      throw RepositoryError(error, context: "the reserve")
    }
  }

  /// Removes the parity of objects that are gone: of forgotten snapshots, or left by a prune that was cut off.
  func removeOrphanedParity() throws(RepositoryError) {
    let orphans = try context.orphanedParity()
    try RepositoryError.wrapping("the parity of what was removed") { () throws(BackendError) in
      try context.backend.delete(orphans)
    }
  }

  /// Removes uploads that were cut off. One that is still running fails at its end, loudly; so only those that nobody has
  /// written to for a day, or for a few seconds where nobody is at work.
  func removeStagedUploads() throws(RepositoryError) {
    let staged = try RepositoryError.wrapping("the list of unfinished uploads") { () throws(BackendError) in
      try context.backend.listStagedUploads().uploads
    }
    let isAlone = try context.sessionIDs().allSatisfy { $0 == session }
    for upload in staged where upload.age >= .seconds(isAlone ? 10 : 24 * 3600) {
      try RepositoryError.wrapping("the unfinished upload \(upload.identifier)") { () throws(BackendError) in
        try context.backend.removeStagedUpload(upload)
      }
      report.staged.add(upload.size)
    }
  }

  private func space() throws(RepositoryError) -> UInt64? {
    try RepositoryError.wrapping("the free space of \(context.backend.location)") { () throws(BackendError) in
      try context.backend.freeSpace()
    }
  }
}
