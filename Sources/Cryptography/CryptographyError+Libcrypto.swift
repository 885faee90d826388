internal import COpenSSL

extension CryptographyError {
  /// The error for a libcrypto call that has just failed on this thread; empties the thread's error queue.
  ///
  /// The cause is the newest entry of the queue, as the one nearest to the call that failed.
  static func afterFailedCall(_ message: String, code: Code = .libraryFailure) -> Self {
    let newest = ERR_peek_last_error()
    ERR_clear_error()
    guard newest != 0 else { return Self(code, message) }
    // 256 bytes is what ERR_error_string_n's manual asks for.
    let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer -> String? in
      guard let start = buffer.baseAddress else { return nil }
      ERR_error_string_n(newest, start, buffer.count)
      return String(cString: start)
    }
    return Self(code, message, cause: text)
  }
}
