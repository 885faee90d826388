import SSH
import Synchronization

extension SFTPBackend {
  /// Makes a file in `tmp/`. The answer is waited for with the first bytes.
  public func beginUpload(to area: ObjectArea) throws(BackendError) -> any Upload {
    firstLook.withLock { $0 = FirstLook() }
    return try SFTPUpload(in: self, area: area)
  }

  /// Directories on their way to being opened, to be flushed when an object has got its name in the last of them.
  struct Publication {
    fileprivate let opening: [(path: [UInt8], handle: SFTPClient.Pending<SFTPHandle>)]
    /// Directories that may have been made just now.
    fileprivate let made: [[UInt8]]
  }

  /// Asks for all that can be had before an object gets its name; what is missing on the way to it is made.
  func beginPublishing(_ name: ObjectName, _ connection: SFTPConnection) -> Publication {
    let client = connection.client
    let target = layout.directory(holding: name)
    var made: [[UInt8]] = []
    if name.area.isSpread {
      made = [layout.directory(of: name.area), target].filter { path in
        // Those of the layout stood when the repository was opened.
        let isLater = name.area == .parity || path == target
        return isLater && !durableDirectories.withLock { $0.contains(path) }
      }
    }
    for path in made { client.forget(client.makeDirectory(path, mode: 0o700)) }
    let flushed = made.map(SFTPLayout.parent) + [target]
    return Publication(opening: flushed.map { ($0, client.open($0, .read)) }, made: made)
  }

  /// Gives a flushed staged file its name, and makes the name durable; nil if the staged file is gone.
  ///
  /// All is asked for at once, as the server works in order. When the last flush fails the object stays: someone else may
  /// have found it, flushed the directory and relied on it.
  func finish(
    _ publication: Publication, of name: ObjectName, staged: [UInt8], _ connection: SFTPConnection
  ) throws(SSHError) -> CommitOutcome? {
    let client = connection.client
    var handles: [(path: [UInt8], handle: SFTPHandle)] = []
    for (index, (path, handle)) in publication.opening.enumerated() {
      do throws(SSHError) {
        handles.append((path, try client.value(of: handle)))
      } catch {
        for (_, later) in publication.opening[(index + 1)...] { client.forget(later) }
        for (path, handle) in handles { client.forget(client.close(handle, path)) }
        throw error
      }
    }
    // Flushed also where they were there already: whoever made them may not have come to that yet.
    var flushes = handles.dropLast().map { client.flush($0.handle, $0.path) }
    let named = client.link(staged, as: layout.path(of: name))
    // Where the name was taken, its publisher may not have come to this flush yet, and never will if it dies now.
    flushes += handles.suffix(1).map { client.flush($0.handle, $0.path) }
    let removed = client.remove(staged)
    for (path, handle) in handles {
      if name.area == .intents {
        connection.keepOpen(intents: handle, path)
      } else {
        client.forget(client.close(handle, path))
      }
    }
    var failure: SSHError?
    do throws(SSHError) {
      try client.value(of: named)
    } catch {
      failure = error
    }
    for flush in flushes { try client.value(of: flush) }
    durableDirectories.withLock { $0.formUnion(publication.made) }
    // Its directory was opened, so it is the staged file that is not there.
    if failure?.code == .notFound {
      client.forget(removed)
      return nil
    }
    do throws(SSHError) {
      try client.value(of: removed)
    } catch let error where !error.isConnectionLost {
      // An account that may remove nothing leaves the staged name, which takes no room, for another one to remove.
    }
    guard let failure else { return .created }
    // The server doesn't say that the name is taken.
    guard failure.code == .failed, try client.isPresent(layout.path(of: name)) else { throw failure }
    return .alreadyExists
  }

  /// Whether an object stands and its name is durable.
  func findsDurable(_ name: ObjectName) throws(SSHError) -> Bool {
    let connection = try pool.borrow()
    defer { pool.giveBack(connection) }
    guard try connection.client.isPresent(layout.path(of: name)) else { return false }
    try flushDirectory(layout.directory(holding: name), connection)
    return true
  }

  /// Whether a staged file has got the name of an object in its place.
  func hasReplaced(_ name: ObjectName, staged: [UInt8]) throws(SSHError) -> Bool {
    let connection = try pool.borrow()
    defer { pool.giveBack(connection) }
    guard try !connection.client.isPresent(staged), try connection.client.isPresent(layout.path(of: name)) else {
      return false
    }
    try flushDirectory(layout.directory(holding: name), connection)
    return true
  }
}

extension SFTPClient {
  /// Whether anything has this name.
  func isPresent(_ path: [UInt8]) throws(SSHError) -> Bool {
    do throws(SSHError) {
      _ = try value(of: attributes(of: path))
      return true
    } catch let error where error.code == .notFound {
      return false
    }
  }
}
