import SSH
import Synchronization

extension SFTPBackend {
  /// Asks the server each time, so an object that another client deleted is missing at once.
  public func size(of name: ObjectName) throws(BackendError) -> UInt64 {
    let attributes: SFTPAttributes
    do throws(BackendError) {
      attributes = try asking("can't look up \(path(of: name))", object: name) { (connection) throws(SSHError) in
        try connection.client.value(of: connection.client.attributes(of: layout.path(of: name)))
      }
    } catch let error where error.code == .notFound {
      throw missing(name)
    }
    guard attributes.isRegularFile != false else { throw notAFile(name) }
    guard let size = attributes.size else {
      throw BackendError(code: .io, message: "the server does not say how long \(path(of: name)) is", object: name)
    }
    return size
  }

  /// Reads with many requests on their way at once. Packs stay open for further reads until something is deleted.
  public func read(
    _ name: ObjectName, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
  ) throws(BackendError) {
    let (end, overflow) = offset.addingReportingOverflow(UInt64(buffer.count))
    guard !buffer.isEmpty, !overflow, end <= UInt64(Int64.max) else {
      let size = try size(of: name)
      guard !overflow, end <= size else { throw truncated(name, offset: offset, count: buffer.count) }
      return
    }
    let count: Int
    do throws(BackendError) {
      count = try asking("can't read \(path(of: name))", object: name) { (connection) throws(SSHError) in
        try read(name, at: offset, into: buffer, over: connection)
      }
    } catch let error where error.code == .notFound {
      throw missing(name)
    } catch let error where error.code == .io {
      // A directory opens like a file and then can't be read.
      _ = try size(of: name)
      throw error
    }
    guard count == buffer.count else { throw truncated(name, offset: offset, count: buffer.count) }
  }

  private func read(
    _ name: ObjectName, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer, over connection: SFTPConnection
  ) throws(SSHError) -> Int {
    let client = connection.client
    let path = layout.path(of: name)
    let known = connection.openPack(name, deletions: deletions.load(ordering: .acquiring))
    let handle: SFTPHandle
    if let known { handle = known } else { handle = try client.value(of: client.open(path, .read)) }
    defer { if name.area != .packs { client.forget(client.close(handle, path)) } }
    let count = try client.read(handle, path, at: offset, into: buffer, limits: connection.limits)
    if name.area == .packs, known == nil { connection.keepOpen(name, handle, path) }
    return count
  }

  func missing(_ name: ObjectName) -> BackendError {
    BackendError(code: .notFound, message: "there is no \(path(of: name))", object: name)
  }

  private func notAFile(_ name: ObjectName) -> BackendError {
    BackendError(code: .notAFile, message: "\(path(of: name)) is not a regular file", object: name)
  }

  private func truncated(_ name: ObjectName, offset: UInt64, count: Int) -> BackendError {
    BackendError(
      code: .truncated, message: "\(path(of: name)) has too few bytes for \(count) bytes at \(offset)", object: name)
  }
}
