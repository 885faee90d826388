extension Backend {
  /// Publishes a small object in one call; see `Upload.commit(as:)` for what holds when it returns.
  ///
  /// - Throws: as `beginUpload(to:)`, `Upload.append(_:)` and `Upload.commit(as:)`.
  @discardableResult
  public func put(_ name: ObjectName, _ bytes: UnsafeRawBufferPointer) throws(BackendError) -> CommitOutcome {
    let upload = try beginUpload(to: name.area)
    try upload.append(bytes)
    return try upload.commit(as: name)
  }

  /// Publishes a small object in one call; see `Upload.commit(as:)` for what holds when it returns.
  ///
  /// - Throws: as `beginUpload(to:)`, `Upload.append(_:)` and `Upload.commit(as:)`.
  @discardableResult
  public func put(_ name: ObjectName, _ bytes: [UInt8]) throws(BackendError) -> CommitOutcome {
    try bytes.withUnsafeBufferPointer { (bytes) throws(BackendError) in try put(name, UnsafeRawBufferPointer(bytes)) }
  }

  /// Asks for the object's size, then for its bytes.
  public func getWhole(_ name: ObjectName, limit: Int) throws(BackendError) -> [UInt8] {
    try getBySize(name, limit: limit)
  }

  func getBySize(_ name: ObjectName, limit: Int) throws(BackendError) -> [UInt8] {
    let size = try size(of: name)
    guard let count = Int(exactly: size), count <= limit else { throw tooLarge(name, size: size, limit: limit) }
    var bytes = [UInt8](repeating: 0, count: count)
    try bytes.withUnsafeMutableBufferPointer { (buffer) throws(BackendError) in
      try read(name, at: 0, into: UnsafeMutableRawBufferPointer(buffer))
    }
    return bytes
  }

  /// One after the other.
  public func list(_ areas: [ObjectArea]) throws(BackendError) -> [Listing] {
    try areas.map { (area) throws(BackendError) in try list(area) }
  }

  /// Does nothing.
  public func willRead(_ name: ObjectName, at offset: UInt64, count: Int) {}

  /// The length that storage says an object has, if one can be so long.
  func bounded(_ size: UInt64, of name: ObjectName) throws(BackendError) -> UInt64 {
    guard size <= Listing.lengthLimit else { throw tooLarge(name, size: size, limit: Int(Listing.lengthLimit)) }
    return size
  }

  func tooLarge(_ name: ObjectName, size: UInt64, limit: Int) -> BackendError {
    BackendError(
      code: .tooLarge, message: "\(name) in \(location) has \(size) bytes, more than the \(limit) it may have",
      object: name)
  }

  /// Removes one object, durably; an object that is not there is passed over.
  ///
  /// - Throws: as `delete(_:)` of many objects.
  public func delete(_ name: ObjectName) throws(BackendError) {
    try delete([name])
  }
}

extension Upload {
  /// Adds an array's bytes at the end.
  ///
  /// - Throws: as `append(_:)` of a buffer.
  public func append(_ bytes: [UInt8]) throws(BackendError) {
    try bytes.withUnsafeBufferPointer { (bytes) throws(BackendError) in try append(UnsafeRawBufferPointer(bytes)) }
  }
}
