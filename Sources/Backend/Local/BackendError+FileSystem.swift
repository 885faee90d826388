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
