/// A backend that moves bytes no faster than it may. In everything else it is what it wraps.
///
/// The bytes of uploads and those of reads are counted, each for itself and for all threads together. Long ones go to the
/// storage in pieces, so a read may see an object change where it is healed meanwhile: each piece is of one or the other.
public final class RateLimitedBackend: Backend {
  /// The wrapped backend's location.
  public var location: String { wrapped.location }

  private let wrapped: any Backend
  private let uploads: TokenBucket?
  private let downloads: TokenBucket?

  /// A backend that behaves as `wrapped`, with these limits; nil is none.
  public init(_ wrapped: any Backend, upload: TransferRate?, download: TransferRate?, clock: RateClock) {
    self.wrapped = wrapped
    uploads = upload.map { TokenBucket($0, clock: clock) }
    downloads = download.map { TokenBucket($0, clock: clock) }
  }
}

extension RateLimitedBackend {
  /// As the wrapped backend, in pieces.
  public func read(
    _ name: ObjectName, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
  ) throws(BackendError) {
    guard let downloads else { return try wrapped.read(name, at: offset, into: buffer) }
    try downloads.pass(buffer.count) { (piece) throws(BackendError) in
      // An offset beyond the last one is never asked for: the piece before it was not there.
      let start = offset &+ UInt64(piece.lowerBound)
      try wrapped.read(name, at: start, into: UnsafeMutableRawBufferPointer(rebasing: buffer[piece]))
    }
  }

  /// As the wrapped backend; by its length and in pieces where reads are limited.
  public func getWhole(_ name: ObjectName, limit: Int) throws(BackendError) -> [UInt8] {
    try downloads == nil ? wrapped.getWhole(name, limit: limit) : getBySize(name, limit: limit)
  }

  /// As the wrapped backend. Where reads are limited nothing is begun: what comes ahead comes at once, and before it is due.
  public func willRead(_ name: ObjectName, at offset: UInt64, count: Int) {
    if downloads == nil { wrapped.willRead(name, at: offset, count: count) }
  }

  /// As the wrapped backend; what is appended is limited.
  public func beginUpload(to area: ObjectArea) throws(BackendError) -> any Upload {
    let upload = try wrapped.beginUpload(to: area)
    guard let uploads else { return upload }
    return RateLimitedUpload(upload, through: uploads)
  }

  /// As the wrapped backend.
  public func size(of name: ObjectName) throws(BackendError) -> UInt64 { try wrapped.size(of: name) }

  /// As the wrapped backend.
  public func list(_ area: ObjectArea) throws(BackendError) -> Listing { try wrapped.list(area) }

  /// As the wrapped backend.
  public func list(_ areas: [ObjectArea]) throws(BackendError) -> [Listing] { try wrapped.list(areas) }

  /// As the wrapped backend.
  public func delete(_ names: [ObjectName]) throws(BackendError) { try wrapped.delete(names) }

  /// As the wrapped backend.
  public func quarantine(_ name: ObjectName) throws(BackendError) -> String { try wrapped.quarantine(name) }

  /// As the wrapped backend.
  public func listStagedUploads() throws(BackendError) -> StagingListing { try wrapped.listStagedUploads() }

  /// As the wrapped backend.
  public func removeStagedUpload(_ upload: StagedUpload) throws(BackendError) {
    try wrapped.removeStagedUpload(upload)
  }

  /// As the wrapped backend.
  public func freeSpace() throws(BackendError) -> UInt64? { try wrapped.freeSpace() }

  /// As the wrapped backend.
  public func setReserve(_ size: UInt64) throws(BackendError) { try wrapped.setReserve(size) }
}
