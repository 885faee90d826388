/// An upload staged in memory.
final class InMemoryUpload: Upload {
  private let backend: InMemoryBackend
  private let area: ObjectArea
  private var staged: [UInt8] = []
  private var isEnded = false
  private var failure: BackendError?

  init(in backend: InMemoryBackend, area: ObjectArea) {
    self.backend = backend
    self.area = area
  }

  deinit {
    backend.unstage(staged.count)
  }

  private(set) var length: UInt64 = 0

  func append(_ bytes: UnsafeRawBufferPointer) throws(BackendError) {
    if let failure { throw failure }
    precondition(!isEnded, "the upload was committed")
    do {
      try backend.stage(bytes.count)
    } catch {
      failure = error
      backend.unstage(staged.count)
      staged = []
      throw error
    }
    staged += bytes
    length += UInt64(bytes.count)
  }

  func commit(as name: ObjectName) throws(BackendError) -> CommitOutcome {
    precondition(name.area == area, "begun for another area")
    if let failure { throw failure }
    precondition(!isEnded, "the upload was committed")
    isEnded = true
    defer { staged = [] }
    return backend.publish(staged, as: name)
  }

  func commit(replacing name: ObjectName) throws(BackendError) -> String {
    precondition(name.area == area, "begun for another area")
    if let failure { throw failure }
    precondition(!isEnded, "the upload was committed")
    isEnded = true
    defer { staged = [] }
    return try backend.replace(name, with: staged)
  }
}
