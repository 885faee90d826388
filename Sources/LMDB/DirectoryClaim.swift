import Glibc
import Synchronization

/// This process's exclusive claim to an environment directory.
///
/// LMDB's locks belong to the process: were the same files opened twice, closing one would drop the other's locks.
struct DirectoryClaim: ~Copyable {
  private struct Identity: Hashable {
    let device: UInt64
    let inode: UInt64
  }

  private static let held = Mutex<Set<Identity>>([])

  private let identity: Identity

  /// Claims the directory at `path`, under whatever name.
  ///
  /// Throws `.alreadyOpen` when it is claimed, or `.system`.
  init(path: String) throws(LMDBError) {
    var status = stat()
    guard stat(path, &status) == 0 else { throw .system("looking at \(path)") }
    let identity = Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    guard Self.held.withLock({ $0.insert(identity).inserted }) else {
      throw LMDBError(code: .alreadyOpen, message: "\(path) is already open in this process")
    }
    self.identity = identity
  }

  deinit {
    _ = Self.held.withLock { $0.remove(identity) }
  }
}
