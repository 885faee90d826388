import FileSystem

/// An upload staged in a file of `tmp/`.
final class LocalUpload: Upload {
  /// So often is writing back begun, to keep the flush at the end short and the dirty pages few.
  private static let writeBackInterval: Int64 = 8 << 20

  var length: UInt64 { UInt64(written) }

  private let backend: LocalBackend
  private let area: ObjectArea
  private let stagingName = LocalLayout.newStagingName()
  /// Nil once the upload was committed or has failed.
  private var file: File?
  private var failure: BackendError?
  private var written: Int64 = 0
  private var writeBackStart: Int64 = 0

  init(in backend: LocalBackend, area: ObjectArea) throws(BackendError) {
    self.backend = backend
    self.area = area
    file = try LocalBackend.mapping("can't stage an object in \(backend.location)/\(LocalLayout.staging)") {
      [stagingName] () throws(FileSystemError) in
      try backend.staging.createFile(stagingName, mode: 0o400)
    }
  }

  deinit {
    if file != nil { removeStagedFile() }
  }

  func append(_ bytes: UnsafeRawBufferPointer) throws(BackendError) {
    if let failure { throw failure }
    precondition(file != nil, "the upload was committed")
    do {
      try file?.write(bytes)
      written += Int64(bytes.count)
      if written - writeBackStart >= Self.writeBackInterval {
        try file?.startWritingBack(writeBackStart..<written)
        writeBackStart = written
      }
    } catch {
      throw fail(with: error, "can't write \(stagingPath)")
    }
  }

  func commit(as name: ObjectName) throws(BackendError) -> CommitOutcome {
    try commit(name) { (backend, stagingName) throws(BackendError) in
      let outcome = try backend.publish(stagingName, as: name)
      if outcome == .alreadyExists { removeStagedFile() }
      return outcome
    }
  }

  func commit(replacing name: ObjectName) throws(BackendError) -> String {
    try commit(name) { (backend, stagingName) throws(BackendError) in try backend.replace(name, with: stagingName) }
  }

  /// Flushes the staged file and has `body` give it a name.
  private func commit<Result>(
    _ name: ObjectName, _ body: (LocalBackend, FileName) throws(BackendError) -> Result
  ) throws(BackendError) -> Result {
    precondition(name.area == area, "begun for another area")
    if let failure { throw failure }
    guard let file = file.take() else { preconditionFailure("the upload was committed") }
    do {
      try file.synchronize()
      try file.close()
    } catch {
      throw fail(with: error, "can't flush \(stagingPath) to become \(name)")
    }
    do {
      return try body(backend, stagingName)
    } catch {
      let error = error.code == .notFound && isRemoved ? removed(error) : error
      failure = error
      removeStagedFile()
      throw error
    }
  }

  /// Whether somebody has removed the staged file.
  private var isRemoved: Bool {
    do throws(FileSystemError) {
      return try backend.staging.statusIfPresent(of: stagingName) == nil
    } catch {
      return false
    }
  }

  private func removed(_ cause: BackendError) -> BackendError {
    BackendError(
      code: .uploadRemoved, message: "somebody took \(stagingPath) for an upload that was cut off and removed it",
      object: cause.object, cause: cause)
  }

  private var stagingPath: String { "\(backend.location)/\(LocalLayout.staging)/\(stagingName)" }

  /// Drops the staged file for good.
  private func fail(with cause: FileSystemError, _ message: String) -> BackendError {
    let error = BackendError(code: .init(cause), message: message, cause: cause)
    failure = error
    file = nil
    removeStagedFile()
    return error
  }

  private func removeStagedFile() {
    // What can't be removed now is found by `listStagedUploads` later.
    try? backend.staging.removeFile(stagingName)
  }
}
