import Backend

/// An upload that is subject to its backend's faults.
final class FaultyUpload: Upload {
  let backend: FaultyBackend
  /// Nil once the upload has failed, which removes what it staged.
  private var wrapped: (any Upload)?
  private var failure: BackendError?
  private(set) var length: UInt64 = 0

  init(_ wrapped: any Upload, of backend: FaultyBackend) {
    self.wrapped = wrapped
    self.backend = backend
  }

  func append(_ bytes: UnsafeRawBufferPointer) throws(BackendError) {
    try performOnce(.append, nil) { (upload) throws(BackendError) in try upload.append(bytes) }
    length += UInt64(bytes.count)
  }

  func commit(as name: ObjectName) throws(BackendError) -> CommitOutcome {
    try performOnce(.commit, name) { (upload) throws(BackendError) in try upload.commit(as: name) }
  }

  func commit(replacing name: ObjectName) throws(BackendError) -> String {
    try performOnce(.replace, name) { (upload) throws(BackendError) in try upload.commit(replacing: name) }
  }

  private func performOnce<Result>(
    _ operation: FaultyBackend.Operation, _ name: ObjectName?,
    _ body: (any Upload) throws(BackendError) -> Result
  ) throws(BackendError) -> Result {
    if let failure { throw failure }
    guard let wrapped else { preconditionFailure("the upload has neither failed nor anything to go on with") }
    do {
      return try backend.perform(operation, name) { () throws(BackendError) in try body(wrapped) }
    } catch {
      failure = error
      self.wrapped = nil
      throw error
    }
  }
}
