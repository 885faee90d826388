import Glibc

/// A system call that returned an error.
struct SystemCallFailure: Error, CustomStringConvertible {
  /// The call's name.
  let call: StaticString
  /// Its `errno`.
  let number: CInt

  /// The failure that `errno` holds now; to be made right after the call.
  static func current(_ call: StaticString) -> SystemCallFailure {
    SystemCallFailure(call: call, number: errno)
  }

  var description: String {
    let words = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
      guard let base = buffer.baseAddress, strerror_r(number, base, buffer.count) == 0 else { return "error \(number)" }
      return String(cString: base)
    }
    return "\(call): \(words)"
  }

  /// The code for this failure where the call gives it no meaning of its own.
  var code: BackendError.Code {
    switch number {
    case ENOENT: .notFound
    case ENOSPC, EDQUOT, EFBIG: .noSpace
    case EROFS: .readOnly
    case EACCES, EPERM: .permissionDenied
    default: .io
    }
  }
}

/// Repeats a call for as long as a signal interrupts it, and throws where it returns a negative value.
///
/// Not for `fsync` and `close`: what an interrupted one has done is unknown.
@discardableResult
func callRepeatedly<Result: SignedInteger>(
  _ call: StaticString, _ body: () -> Result
) throws(SystemCallFailure) -> Result {
  while true {
    let result = body()
    if result >= 0 { return result }
    let failure = SystemCallFailure.current(call)
    if failure.number != EINTR { throw failure }
  }
}
