/// Why a file system call failed, and on what.
public struct FileSystemError: Error, Sendable {
  /// What kind of failure it is, for programs.
  public let code: Code
  /// The system call, or the check, that failed.
  public let operation: String
  /// The object it was about, as far as it was known.
  public let path: PathBytes
  /// The kernel's error number (errno); 0 where a check of this module failed.
  public let errorNumber: Int32
  /// What was wrong, in words.
  public let reason: String

  init(_ errorNumber: Int32, _ operation: StaticString, _ path: PathBytes) {
    code = Code(errorNumber: errorNumber)
    self.operation = operation.description
    self.path = path
    self.errorNumber = errorNumber
    reason = SystemCall.describe(errorNumber)
  }

  init(_ code: Code, _ operation: StaticString, _ path: PathBytes, reason: String) {
    self.code = code
    self.operation = operation.description
    self.path = path
    errorNumber = 0
    self.reason = reason
  }

  /// The whole in one line that is safe to print: operation, escaped path and reason.
  public var message: String { "\(operation) \"\(path.escaped)\": \(reason)" }
}

extension FileSystemError: CustomStringConvertible {
  /// The same as `message`.
  public var description: String { message }
}
