import SSH
import Synchronization

extension SFTPBackend {
  /// Removes names and flushes each directory once.
  public func delete(_ names: [ObjectName]) throws(BackendError) {
    let groups = Dictionary(grouping: names) { layout.directory(holding: $0) }
    for group in groups.values.sorted(by: { ($0.first?.description ?? "") < ($1.first?.description ?? "") }) {
      for start in stride(from: 0, to: group.count, by: Self.deletedAtOnce) {
        try deleteTogether(Array(group[start..<min(start + Self.deletedAtOnce, group.count)]))
      }
    }
  }

  private static let deletedAtOnce = 256

  /// Removes objects that lie in one directory.
  private func deleteTogether(_ names: [ObjectName]) throws(BackendError) {
    guard let first = names.first else { return }
    let directory = layout.directory(holding: first)
    defer { forgetOpenPacks() }
    try changing("can't delete \(path(of: first))", object: first) { (connection) throws(SSHError) in
      let client = connection.client
      let known = first.area == .intents ? connection.intents : nil
      let opening = known == nil ? client.open(directory, .read) : nil
      let removals = names.map { client.remove(layout.path(of: $0)) }
      let opened: SFTPHandle?
      do throws(SSHError) {
        opened = try opening.map { (opening) throws(SSHError) in try client.value(of: opening) }
      } catch {
        for removal in removals { client.forget(removal) }
        guard error.code == .notFound else { throw error }
        return
      }
      guard let handle = known ?? opened else { preconditionFailure("one that is not known was opened") }
      // Also where nothing was removed here: whoever did remove it may not have flushed.
      let flushed = client.flush(handle, directory)
      if let opened { client.forget(client.close(opened, directory)) }
      var failure: SSHError?
      for removal in removals {
        do throws(SSHError) {
          try client.value(of: removal)
        } catch {
          if error.code != .notFound { failure = failure ?? error }
        }
      }
      if let failure {
        client.forget(flushed)
        throw failure
      }
      try client.value(of: flushed)
    }
  }

  /// Has every connection open packs anew: a name may be free now, or another object's.
  func forgetOpenPacks() {
    deletions.add(1, ordering: .acquiringAndReleasing)
    firstLook.withLock { $0 = FirstLook() }
  }
}

extension SFTPBackend {
  /// What the server's file system has for users without privileges; nil where the server can't tell.
  public func freeSpace() throws(BackendError) -> UInt64? {
    do throws(BackendError) {
      return try asking("can't tell the free space of \(location)") { (connection) throws(SSHError) in
        try connection.client.value(of: connection.client.fileSystem(of: layout.directory)).availableBytes
      }
    } catch let error where error.code == .notSupported {
      return nil
    }
  }

  /// Keeps the reserve as a file of zeros beside the areas.
  public func setReserve(_ size: UInt64) throws(BackendError) {
    let message = "can't set aside \(size) bytes in \(location)/\(LocalLayout.reserve)"
    let path = layout.reserve
    do throws(BackendError) {
      try changing(message) { (connection) throws(SSHError) in
        let client = connection.client
        try client.removeIfPresent(path)
        if size > 0 { try allocate(size, at: path, connection) }
        try flushDirectory(layout.directory, connection)
      }
    } catch {
      if size > 0 {
        _ = try? changing(message) { (connection) throws(SSHError) in
          try connection.client.removeIfPresent(path)
        }
      }
      throw error
    }
  }

  private func allocate(_ size: UInt64, at path: [UInt8], _ connection: SFTPConnection) throws(SSHError) {
    let client = connection.client
    let handle = try client.value(of: client.open(path, [.write, .createNew], mode: 0o600))
    defer { client.forget(client.close(handle, path)) }
    let zeros = [UInt8](repeating: 0, count: connection.limits.write)
    var asked: [SFTPClient.Pending<Void>] = []
    var head = 0
    defer { for pending in asked[head...] { client.forget(pending) } }
    var offset: UInt64 = 0
    while offset < size {
      let count = Int(min(UInt64(zeros.count), size - offset))
      zeros.withUnsafeBytes { bytes in
        asked.append(client.write(handle, path, at: offset, UnsafeRawBufferPointer(rebasing: bytes[..<count])))
      }
      offset += UInt64(count)
      try client.sendGathered()
      if asked.count - head >= 32 {
        head += 1
        try client.value(of: asked[head - 1])
      }
    }
    while head < asked.count {
      head += 1
      try client.value(of: asked[head - 1])
    }
    try client.value(of: client.flush(handle, path))
  }
}
