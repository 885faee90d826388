import Glibc

/// Advisory locks on a whole file or directory (flock). A lock belongs to the open object and goes when it is closed.
extension OpenObject where Self: ~Copyable {
  /// Takes the lock, shared or for itself alone, waiting as long as it takes.
  public func lock(exclusive: Bool) throws(FileSystemError) {
    try check(SystemCall.flock(rawDescriptor, exclusive ? LOCK_EX : LOCK_SH), "flock")
  }

  /// Takes the lock if nobody else's stands in the way, and tells whether it did.
  public func tryLock(exclusive: Bool) throws(FileSystemError) -> Bool {
    let result = SystemCall.flock(rawDescriptor, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB)
    if result == -EWOULDBLOCK { return false }
    try check(result, "flock")
    return true
  }

  /// Gives the lock back.
  public func unlock() throws(FileSystemError) {
    try check(SystemCall.flock(rawDescriptor, LOCK_UN), "flock")
  }
}
