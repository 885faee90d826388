import Backend
import Format

extension RepositoryContext {
  /// Seals a record and publishes it under a name that nothing else has; false if the name is taken by something else.
  ///
  /// When it returns true, the record is durable. `description` names it in errors.
  func publish(
    _ kind: RecordKind, in area: ObjectArea, as name: String, body: [UInt8], _ description: String
  ) throws(RepositoryError) -> Bool {
    let objectName = try RepositoryError.wrapping(description) { () throws(BackendError) in try ObjectName(area, name) }
    guard let object = try put(kind, objectName, body: body, description) else { return false }
    try publishParity(of: objectName, object)
    return true
  }

  /// Seals a record and publishes it without its parity; nil if the name is taken by something else.
  ///
  /// - Parameter upload: one that was begun for it, and may have been taken for cut off meanwhile.
  /// - Returns: the object, which is durable.
  func put(
    _ kind: RecordKind, _ name: ObjectName, body: [UInt8], _ description: String, into upload: (any Upload)? = nil
  ) throws(RepositoryError) -> [UInt8]? {
    let object = try sealer.seal(kind, name: name.name, body: body)
    return try put(object, as: name, description, into: upload) ? object : nil
  }

  /// Publishes a sealed record without its parity; false if the name is taken by something else.
  func put(
    _ object: [UInt8], as name: ObjectName, _ description: String, into upload: (any Upload)? = nil
  ) throws(RepositoryError) -> Bool {
    var begun = upload
    return try RepositoryError.wrapping(description) { () throws(BackendError) in
      let outcome = try uploading { () throws(BackendError) in
        let upload = if let upload = begun.take() { upload } else { try backend.beginUpload(to: name.area) }
        try upload.append(object)
        return try upload.commit(as: name)
      }
      if outcome == .created { return true }
      // An upload that was repeated finds its own first attempt.
      return try stands(object, as: name)
    }
  }

  /// Whether these very bytes have a name.
  func stands(_ object: [UInt8], as name: ObjectName) throws(BackendError) -> Bool {
    do throws(BackendError) {
      guard try backend.size(of: name) == UInt64(object.count) else { return false }
      return try backend.getWhole(name, limit: object.count) == object
    } catch let error where error.code == .notFound {
      return false
    }
  }

  /// Makes an upload, and once more if what it had staged was taken for cut off: so it goes to a process that slept. If its
  /// session was fenced off meanwhile, the name that it was to claim is taken by then.
  func uploading<Result>(_ upload: () throws(BackendError) -> Result) throws(BackendError) -> Result {
    do throws(BackendError) {
      return try upload()
    } catch let error where error.code == .uploadRemoved {
      return try upload()
    }
  }

  /// Whether an object is there.
  func stands(_ name: ObjectName) throws(RepositoryError) -> Bool { try length(of: name) != nil }

  /// An object's length; nil if it isn't there.
  func length(of name: ObjectName) throws(RepositoryError) -> UInt64? {
    do throws(BackendError) {
      return try backend.size(of: name)
    } catch let error where error.code == .notFound {
      return nil
    } catch {
      throw RepositoryError(error, context: "\(name)")
    }
  }

  /// Whether a snapshot is there, and not an abort record that came to its name when it had been forgotten.
  func stands(_ snapshot: SnapshotID) throws(RepositoryError) -> Bool {
    do throws(RepositoryError) {
      return try snapshotRecord(.snapshot(snapshot)).kind == .snapshot
    } catch let error where error.code == .missing {
      return false
    }
  }

  /// Reads and opens a record.
  func record(
    _ kinds: [RecordKind], _ name: ObjectName, limit: Int
  ) throws(RepositoryError) -> (kind: RecordKind, body: [UInt8]) {
    let object = try RepositoryError.wrapping("\(name)") { () throws(BackendError) in
      try backend.getWhole(name, limit: limit)
    }
    return try sealer.open(object, as: kinds, name: name.name, context: "\(name)")
  }
}
