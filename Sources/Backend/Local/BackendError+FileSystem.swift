import FileSystem

extension BackendError.Code {
  /// The code for a failed call to the file system where the call gives its failure no meaning of its own.
  init(_ cause: FileSystemError) {
    self =
      switch cause.code {
      case .notFound: .notFound
      case .noSpace, .fileTooLarge: .noSpace
      case .readOnly: .readOnly
      case .permissionDenied: .permissionDenied
      default: .io
      }
  }
}

extension BackendError {
  /// Runs system calls; their failure becomes an error with this message.
  @discardableResult
  static func mapping<Result: ~Copyable>(
    _ message: @autoclosure () -> String, object: ObjectName? = nil,
    _ body: () throws(FileSystemError) -> Result
  ) throws(BackendError) -> Result {
    do {
      return try body()
    } catch {
      throw BackendError(code: .init(error), message: message(), object: object, cause: error)
    }
  }
}
