import CProcess
import Glibc

/// Keeps the secrets in this process's memory from other processes and from core files.
enum ProcessHardening {
  static func apply() {
    var limit = rlimit(rlim_cur: 0, rlim_max: 0)
    setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
    // Not dumpable also means that only root can attach a debugger or read /proc/PID/mem.
    cprocess_forbid_dumps()
  }
}
