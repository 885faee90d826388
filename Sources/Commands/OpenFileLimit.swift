import Glibc

/// How many files this process may have open.
enum OpenFileLimit {
  /// Raises the limit as far as it goes without privileges. The usual one is for programs that use `select`.
  static func raise() {
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    setrlimit(resource, &limit)
  }
}
