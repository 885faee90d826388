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
    return try bounded(size, of: name)
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
    if let count = readAhead(name, at: offset, into: buffer), count == buffer.count { return }
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
    let handle = try open(name, over: connection)
    defer { if name.area != .packs { client.forget(client.close(handle, path)) } }
    return try client.read(handle, path, at: offset, into: buffer, limits: connection.limits)
  }

  /// Opens an object for reading; a pack, once.
  func open(_ name: ObjectName, over connection: SFTPConnection) throws(SSHError) -> SFTPHandle {
    let known = connection.openPack(name, deletions: deletions.load(ordering: .acquiring))
    if let known { return known }
    let path = layout.path(of: name)
    let handle = try connection.client.value(of: connection.client.open(path, .read))
    if name.area == .packs { connection.keepOpen(name, handle, path) }
    return handle
  }

  /// Opens the file and asks for its length and its first bytes at once, which are all of most records.
  public func getWhole(_ name: ObjectName, limit: Int) throws(BackendError) -> [UInt8] {
    if name == .config, let seen = firstLook.withLock({ $0.config.take() }), seen.count <= limit { return seen }
    let whole: Whole
    do throws(BackendError) {
      whole = try asking("can't read \(path(of: name))", object: name) { (connection) throws(SSHError) in
        try getWhole(name, limit: limit, over: connection)
      }
    } catch let error where error.code == .notFound {
      throw missing(name)
    }
    switch whole {
    case .bytes(let bytes): return bytes
    case .noFile: throw notAFile(name)
    case .size(let size) where size > UInt64(limit): throw tooLarge(name, size: size, limit: limit)
    case .size(let size): throw truncated(name, offset: 0, count: Int(clamping: size))
    }
  }

  /// Reads the configuration and lists the keys together, when the repository is opened. What fails here is asked for again.
  func lookAhead(config file: SFTPHandle, keys: SFTPClient.Pending<SFTPHandle>, _ connection: SFTPConnection) {
    let client = connection.client
    let path = layout.path(of: .config)
    let keysPath = layout.directory(of: .keys)
    let status = client.attributes(of: file, path)
    let beginning = client.bytes(of: file, path, at: 0, count: connection.limits.read)
    client.forget(client.close(file, path))
    let seen = try? FirstLook(keys: listKeys(client.value(of: keys), keysPath, connection))
    guard let status = try? client.value(of: status), let bytes = (try? client.value(of: beginning)) ?? nil else {
      return
    }
    let isWhole = status.isRegularFile != false && status.size == UInt64(bytes.count)
    firstLook.withLock { $0 = FirstLook(config: isWhole ? Array(bytes) : nil, keys: seen?.keys) }
  }

  private func listKeys(
    _ handle: SFTPHandle, _ path: [UInt8], _ connection: SFTPConnection
  ) throws(SSHError) -> Listing {
    let client = connection.client
    defer { client.forget(client.close(handle, path)) }
    let begun = client.beginListing(handle, path)
    return try sort(client.allNames(in: handle, path, begun).names, of: path, "keys/", connection) {
      try? ObjectName(.keys, $0)
    }
  }

  private enum Whole {
    case bytes([UInt8])
    case noFile
    /// It says that it is so long, and is not or must not be.
    case size(UInt64)
  }

  private func getWhole(
    _ name: ObjectName, limit: Int, over connection: SFTPConnection
  ) throws(SSHError) -> Whole {
    let client = connection.client
    let path = layout.path(of: name)
    let handle = try client.value(of: client.open(path, .read))
    defer { client.forget(client.close(handle, path)) }
    let status = client.attributes(of: handle, path)
    let beginning = client.bytes(of: handle, path, at: 0, count: connection.limits.read)
    let attributes = try client.value(of: status)
    guard attributes.isRegularFile != false, let size = attributes.size, size <= UInt64(limit) else {
      client.forget(beginning)
      return attributes.isRegularFile == false ? .noFile : .size(attributes.size ?? .max)
    }
    var bytes = Array(try client.value(of: beginning) ?? []).prefix(Int(size))
    if bytes.count < Int(size) {
      let start = bytes.count
      bytes += [UInt8](repeating: 0, count: Int(size) - start)
      let count = try bytes.withUnsafeMutableBufferPointer { (bytes) throws(SSHError) in
        try client.read(
          handle, path, at: UInt64(start),
          into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(bytes)[start...]),
          limits: connection.limits)
      }
      guard start + count == Int(size) else { return .size(size) }
    }
    return .bytes(Array(bytes))
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
