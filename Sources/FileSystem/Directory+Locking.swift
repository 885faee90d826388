import CLinux
import Glibc

extension Directory {
  /// Takes the directory for this object alone, until it is closed or the process ends; false if another one has it.
  ///
  /// Only those who ask the same way are kept out.
  ///
  /// - Throws: `.notSupported` where the file system has no such locks.
  public func lock() throws(FileSystemError) -> Bool {
    let result = SystemCall.flock(rawDescriptor, LOCK_EX | LOCK_NB)
    if result == -EWOULDBLOCK { return false }
    try check(result == -ENOLCK || result == -EINVAL ? -EOPNOTSUPP : result, "flock")
    return true
  }
}
