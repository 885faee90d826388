extension Backend {
  /// This backend, but no upload begins where no more than `minimum` bytes are free; itself if that is 0. It goes by what
  /// `freeSpace()` tells, so it stops in time for a large object, and is not exact.
  ///
  /// Only uploads of data are stopped: what records that, or makes room, is small.
  ///
  /// - Throws: `.noSpace` if there is no more now.
  public func keepingFree(_ minimum: UInt64) throws(BackendError) -> any Backend {
    guard minimum > 0 else { return self }
    let wrapped = self
    @Sendable func check(_ change: GuardedBackend.Change) throws(BackendError) {
      guard change == .upload(.packs), let free = try wrapped.freeSpace(), free <= minimum else { return }
      throw BackendError(
        code: .noSpace,
        message: "\(wrapped.location) has only \(free) bytes free, and \(minimum) are to be left")
    }
    try check(.upload(.packs))
    return GuardedBackend(self, check: check)
  }
}
