import FileSystem
import Synchronization

extension LocalBackend {
  /// Makes a file in `tmp/`.
  public func beginUpload(to area: ObjectArea) throws(BackendError) -> any Upload {
    try LocalUpload(in: self, area: area)
  }

  /// Gives a flushed staged file its name, and makes the name durable.
  ///
  /// When the last flush fails the object stays: someone else may have found it, flushed the directory and relied on it.
  func publish(_ stagingName: FileName, as name: ObjectName) throws(BackendError) -> CommitOutcome {
    try mapping("publish", name) { () throws(FileSystemError) in
      let target = try publicationDirectory(for: name)
      let isCreated = try staging.move(stagingName, to: target, as: name.fileName)
      // Where the name was taken, its publisher may not have come to this flush yet, and never will if it dies now.
      try target.synchronize()
      return isCreated ? .created : .alreadyExists
    }
  }

  /// The directory for a new object; what is missing on the way to it is made.
  private func publicationDirectory(for name: ObjectName) throws(FileSystemError) -> Directory {
    let area: Directory
    if let open = areas[name.area] {
      area = open
    } else {
      area = try durableDirectory(LocalLayout.directory(of: name.area), in: root, path: "")
    }
    guard name.area.isSpread else { return area }
    return try durableDirectory(name.fanOutDirectory, in: area, path: "\(name.area.rawValue)/")
  }

  /// A directory that stands in another one on stable storage; it is made if it is missing.
  func durableDirectory(
    _ name: FileName, in parent: Directory, path: String
  ) throws(FileSystemError) -> Directory {
    try parent.createDirectoryIfMissing(name)
    // Flushed also where it was there already: whoever made it may not have come to that yet. Remembered only after the
    // flush has succeeded, so nobody relies on a flush that is still under way.
    let path = path + name.displayText
    if !durableDirectories.withLock({ $0.contains(path) }) {
      try parent.synchronize()
      _ = durableDirectories.withLock { $0.insert(path) }
    }
    return try parent.openDirectory(name)
  }

  /// Removes names and flushes each directory once.
  public func delete(_ names: [ObjectName]) throws(BackendError) {
    // Grouped by directory, for each is flushed once, after the last of its names is gone.
    let groups = Dictionary(grouping: names) { $0.area.rawValue + "/" + $0.fanOut }
    for key in groups.keys.sorted() {
      guard let group = groups[key], let first = group.first else { continue }
      try delete(group, from: first)
    }
  }

  /// Removes objects that lie in the same directory as `first`.
  private func delete(_ names: [ObjectName], from first: ObjectName) throws(BackendError) {
    let directory: Directory
    do {
      directory = try self.directory(holding: first)
    } catch {
      if error.code == .notFound { return }
      throw BackendError(code: .init(error), message: "can't delete \(path(of: first))", object: first, cause: error)
    }
    for name in names {
      try mapping("delete", name) { () throws(FileSystemError) in try directory.removeFileIfPresent(name.fileName) }
      openFiles.remove(name)
    }
    // Also where nothing was removed here: whoever did remove it may not have flushed.
    try mapping("delete", first) { () throws(FileSystemError) in try directory.synchronize() }
  }
}

extension LocalBackend {
  /// What the file system has for users without privileges.
  public func freeSpace() throws(BackendError) -> UInt64? {
    try Self.mapping("can't tell the free space of \(location)") { () throws(FileSystemError) in
      try root.availableBytes()
    }
  }

  /// Keeps the reserve as an allocated file beside the areas.
  public func setReserve(_ size: UInt64) throws(BackendError) {
    let message = "can't set aside \(size) bytes in \(location)/\(LocalLayout.reserve)"
    guard let length = Int64(exactly: size) else { throw BackendError(code: .noSpace, message: message) }
    try Self.mapping(message) { () throws(FileSystemError) in
      try root.removeFileIfPresent(LocalLayout.reserve)
      if length > 0 { try allocateReserve(length) }
      try root.synchronize()
    }
  }

  private func allocateReserve(_ length: Int64) throws(FileSystemError) {
    let file = try root.createFile(LocalLayout.reserve, mode: 0o600)
    do {
      // A sparse file would reserve nothing.
      try file.allocateOrWrite(0..<length)
      try file.synchronize()
    } catch {
      try root.removeFileIfPresent(LocalLayout.reserve)
      throw error
    }
  }
}
