/// A backend that asks whether it may before anything in it is changed. In everything else it is what it wraps.
public final class GuardedBackend: Backend {
  /// What is about to be done.
  public enum Change: Hashable, Sendable {
    /// An upload begins.
    case upload(ObjectArea)
    /// An upload is about to get its name.
    case publication
    /// Something is about to be removed, or the reserve to be set.
    case other
  }

  /// Throws if the change may not be made.
  public typealias Guard = @Sendable (Change) throws(BackendError) -> Void

  /// The place, as a person would write it.
  public let location: String

  private let wrapped: any Backend
  private let check: Guard

  /// A backend that behaves as `wrapped` as long as `check` lets it, at a place that is called `location`.
  public init(_ wrapped: any Backend, location: String? = nil, check: @escaping Guard) {
    self.wrapped = wrapped
    self.location = location ?? wrapped.location
    self.check = check
  }
}

extension GuardedBackend {
  /// As the wrapped backend.
  public func size(of name: ObjectName) throws(BackendError) -> UInt64 { try wrapped.size(of: name) }

  /// As the wrapped backend.
  public func read(
    _ name: ObjectName, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
  ) throws(BackendError) {
    try wrapped.read(name, at: offset, into: buffer)
  }

  /// As the wrapped backend.
  public func willRead(_ name: ObjectName, at offset: UInt64, count: Int) {
    wrapped.willRead(name, at: offset, count: count)
  }

  /// As the wrapped backend.
  public func getWhole(_ name: ObjectName, limit: Int) throws(BackendError) -> [UInt8] {
    try wrapped.getWhole(name, limit: limit)
  }

  /// As the wrapped backend, if it may be; asked again when the upload is about to get its name.
  public func beginUpload(to area: ObjectArea) throws(BackendError) -> any Upload {
    try check(.upload(area))
    return GuardedUpload(try wrapped.beginUpload(to: area), check: check)
  }

  /// As the wrapped backend.
  public func list(_ area: ObjectArea) throws(BackendError) -> Listing { try wrapped.list(area) }

  /// As the wrapped backend.
  public func list(_ areas: [ObjectArea]) throws(BackendError) -> [Listing] { try wrapped.list(areas) }

  /// As the wrapped backend, if it may be.
  public func delete(_ names: [ObjectName]) throws(BackendError) {
    try check(.other)
    try wrapped.delete(names)
  }

  /// As the wrapped backend, if it may be.
  public func quarantine(_ name: ObjectName) throws(BackendError) -> String {
    try check(.other)
    return try wrapped.quarantine(name)
  }

  /// As the wrapped backend.
  public func listStagedUploads() throws(BackendError) -> StagingListing { try wrapped.listStagedUploads() }

  /// As the wrapped backend, if it may be.
  public func removeStagedUpload(_ upload: StagedUpload) throws(BackendError) {
    try check(.other)
    try wrapped.removeStagedUpload(upload)
  }

  /// As the wrapped backend.
  public func freeSpace() throws(BackendError) -> UInt64? { try wrapped.freeSpace() }

  /// As the wrapped backend, if it may be.
  public func setReserve(_ size: UInt64) throws(BackendError) {
    try check(.other)
    try wrapped.setReserve(size)
  }
}

/// An upload that asks before it gets its name.
private final class GuardedUpload: Upload {
  private(set) var length: UInt64 = 0

  private var state: Result<any Upload, BackendError>
  private let check: GuardedBackend.Guard

  init(_ wrapped: any Upload, check: @escaping GuardedBackend.Guard) {
    state = .success(wrapped)
    self.check = check
  }

  func append(_ bytes: UnsafeRawBufferPointer) throws(BackendError) {
    try state.get().append(bytes)
    length += UInt64(bytes.count)
  }

  func commit(as name: ObjectName) throws(BackendError) -> CommitOutcome { try checked().commit(as: name) }

  func commit(replacing name: ObjectName) throws(BackendError) -> String { try checked().commit(replacing: name) }

  /// The wrapped upload, if it may get its name; otherwise what it has staged is removed.
  private func checked() throws(BackendError) -> any Upload {
    let wrapped = try state.get()
    do throws(BackendError) {
      try check(.publication)
    } catch {
      state = .failure(error)
      throw error
    }
    return wrapped
  }
}
