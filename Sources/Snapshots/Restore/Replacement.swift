import FileSystem

/// That something is made in the place of something else: under a name of its own in the same directory first, and renamed
/// over what stands there when it is whole. Until then that stays.
struct Replacement: Sendable {
  /// What stands there.
  let existing: FileStatus
  /// Whether what stands there has to go before: a directory never gives way to anything else, nor anything else to one.
  let clearsFirst: Bool
  /// The name until then. Nothing else has it; what a killed restore leaves behind tells by it what it is.
  let stagedName: FileName

  /// - Parameter isDirectory: whether a directory is made.
  init(of existing: FileStatus, isDirectory: Bool) {
    self.existing = existing
    clearsFirst = isDirectory || existing.type == .directory
    let number = String(UInt64.random(in: 0...UInt64.max), radix: 16)
    stagedName = FileName(".firn-restore-\(number)") ?? ".firn-restore"
  }
}

extension SnapshotsError {
  /// What stands at a path is none of what the restore found or made there.
  static func replaced(_ path: PathBytes) -> SnapshotsError {
    SnapshotsError(.refused, "\(path) was replaced by somebody else during the restore")
  }
}
