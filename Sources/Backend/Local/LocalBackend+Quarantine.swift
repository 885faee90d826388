import FileSystem

extension LocalBackend {
  /// Moves the object's file to `quarantine/`.
  public func quarantine(_ name: ObjectName) throws(BackendError) -> String {
    let directory = try directoryOfStanding(name)
    let kept = try mapping("move", name, "to the quarantine") { () throws(FileSystemError) in
      let quarantine = try durableDirectory(LocalLayout.quarantine, in: root, path: "")
      var count = 0
      while try !directory.move(name.fileName, to: quarantine, as: LocalLayout.quarantineName(of: name, after: count)) {
        count += 1
      }
      // The new name first: a crash between the two leaves two names, or the old one.
      try quarantine.synchronize()
      try directory.synchronize()
      return LocalLayout.quarantineName(of: name, after: count)
    }
    openFiles.remove(name)
    return quarantinePath(kept)
  }

  /// Gives a flushed staged file the name of an object, whose own file goes to `quarantine/`.
  func replace(_ name: ObjectName, with stagingName: FileName) throws(BackendError) -> String {
    let directory = try directoryOfStanding(name)
    var isRefused = false
    let kept = try mapping("replace", name, "by its repaired form") { () throws(FileSystemError) in
      // A second name, so that the object never loses its first one.
      let kept = try linkIntoQuarantine(name, from: directory)
      do throws(FileSystemError) {
        try staging.exchange(stagingName, with: name.fileName, in: directory)
      } catch {
        guard error.code == .invalidArgument || error.code == .notSupported else { throw error }
        // Network file systems can't exchange names. Should the object be deleted just now, it comes back: a segment would
        // name packs that are gone, a snapshot need them.
        guard name.area == .packs else {
          isRefused = true
          return kept
        }
        _ = try directory.status(of: name.fileName)
        try staging.rename(stagingName, to: name.fileName, in: directory)
      }
      try directory.synchronize()
      // After an exchange the damaged file is there; it has its name in the quarantine.
      try staging.removeFileIfPresent(stagingName)
      return kept
    }
    guard !isRefused else {
      throw BackendError(
        code: .notSupported,
        message: "can't replace \(path(of: name)): its file system can't exchange names; move the repository",
        object: name)
    }
    openFiles.remove(name)
    return quarantinePath(kept)
  }

  private func linkIntoQuarantine(_ name: ObjectName, from directory: Directory) throws(FileSystemError) -> FileName {
    let quarantine = try durableDirectory(LocalLayout.quarantine, in: root, path: "")
    var count = 0
    while true {
      let kept = LocalLayout.quarantineName(of: name, after: count)
      do throws(FileSystemError) {
        try quarantine.link(name.fileName, in: directory, as: kept)
        try quarantine.synchronize()
        return kept
      } catch {
        guard error.code == .exists else { throw error }
        count += 1
      }
    }
  }

  /// The directory that an object stands in.
  private func directoryOfStanding(_ name: ObjectName) throws(BackendError) -> Directory {
    _ = try size(of: name)
    return try mapping("open the directory of", name) { () throws(FileSystemError) in try directory(holding: name) }
  }

  private func quarantinePath(_ kept: FileName) -> String { "\(LocalLayout.quarantine)/\(kept)" }

  private func mapping<Result>(
    _ action: StaticString, _ name: ObjectName, _ purpose: StaticString, _ body: () throws(FileSystemError) -> Result
  ) throws(BackendError) -> Result {
    try Self.mapping("can't \(action) \(path(of: name)) \(purpose)", object: name, body)
  }
}
