import FileSystem

extension LocalBackend {
  /// Makes the layout of a new repository in a directory, which is made too if it is missing (its parent is not). The
  /// place becomes a repository when `ObjectName.config` is published, which is for the caller to do last.
  ///
  /// What a creation that was cut off left behind is removed: it has neither a configuration nor an object that is more
  /// than a key to nothing. While one runs the place is locked, so that what it has made is not taken for that.
  ///
  /// - Throws: `.repositoryExists` if there is a configuration, `.notEmpty` if there is anything else, `.notFound` if
  ///   the parent is missing, `.invalidName` if `path` contains a NUL, `.noSpace`, `.readOnly`, `.permissionDenied`
  ///   or `.io`.
  public static func create(at path: String) throws(BackendError) -> LocalBackend {
    let place = try Self.place(path)
    let parent = try Self.place(path + "/..")
    let root = try mapping("can't make a repository at \(path)") { () throws(FileSystemError) in
      let isMade = try makeRoot(at: place)
      // Also where it was there: whoever made it may not have flushed its name.
      do throws(FileSystemError) {
        try Directory(at: parent).synchronize()
      } catch {
        // Who may not look into the parent has not made it.
        guard error.code == .permissionDenied, !isMade else { throw error }
      }
      return try Directory(at: place)
    }
    try refuseOccupied(root, at: path)
    try mapping("can't make a repository at \(path)") { () throws(FileSystemError) in
      try removeLeftovers(in: root)
      for name in LocalLayout.directories { try root.createDirectoryIfMissing(name) }
      try root.synchronize()
    }
    return try LocalBackend(path: path, root: root)
  }

  /// Makes the repository's directory; false if something has that name already.
  private static func makeRoot(at place: PathBytes) throws(FileSystemError) -> Bool {
    do {
      try Directory.create(at: place, mode: 0o700)
      return true
    } catch {
      if error.code == .exists { return false }
      throw error
    }
  }

  /// Throws if the directory holds anything but what a creation that was cut off leaves; otherwise it is locked.
  private static func refuseOccupied(_ root: Directory, at path: String) throws(BackendError) {
    let (isLocked, occupants) = try mapping("can't look into \(path)") { () throws(FileSystemError) in
      let isLocked = try lock(root)
      var occupants: [String] = []
      for entry in try root.entries() {
        if try !isLeftover(entry.name, of: root) { occupants.append(entry.name.displayText) }
      }
      return (isLocked, occupants)
    }
    if occupants.contains(ObjectName.config.name) {
      throw BackendError(code: .repositoryExists, message: "there is a repository at \(path) already")
    }
    if let first = occupants.min() {
      throw BackendError(code: .notEmpty, message: "\(path) is not empty: it holds \(first.debugDescription)")
    }
    guard isLocked else {
      throw BackendError(code: .notEmpty, message: "somebody else is making a repository at \(path)")
    }
  }

  private static func lock(_ root: Directory) throws(FileSystemError) -> Bool {
    do {
      return try root.lock()
    } catch {
      // There, two creations at once are only kept apart by the name of the configuration.
      if error.code == .notSupported { return true }
      throw error
    }
  }

  /// Whether an entry of the repository's directory is part of a layout without objects, or of those that come before
  /// the configuration: key slots, and whatever was being staged.
  private static func isLeftover(_ name: FileName, of root: Directory) throws(FileSystemError) -> Bool {
    let type = try root.statusIfPresent(of: name)?.type
    if name == LocalLayout.lostAndFound, type == .directory { return try isEmptyLostAndFound(name, in: root) }
    if name == LocalLayout.reserve { return type == .regular }
    guard LocalLayout.directories.contains(name), type == .directory else { return false }
    let directory = try root.openDirectory(name)
    let entries = try directory.entries()
    guard transientDirectories.contains(name) else { return entries.isEmpty }
    for entry in entries {
      guard let text = entry.name.asciiText, LocalLayout.isStagingName(text),
        try directory.statusIfPresent(of: entry.name)?.type == .regular
      else { return false }
    }
    return true
  }

  /// Whether nothing is known to be in what mkfs makes at the top of a file system; only root may look.
  private static func isEmptyLostAndFound(_ name: FileName, in root: Directory) throws(FileSystemError) -> Bool {
    do {
      return try root.openDirectory(name).entries().isEmpty
    } catch {
      if error.code == .permissionDenied { return true }
      throw error
    }
  }

  private static func removeLeftovers(in root: Directory) throws(FileSystemError) {
    try root.removeFileIfPresent(LocalLayout.reserve)
    for name in transientDirectories where try root.statusIfPresent(of: name) != nil {
      let directory = try root.openDirectory(name)
      let entries = try directory.entries()
      for entry in entries { try directory.removeFileIfPresent(entry.name) }
      // A key slot that came back would be damage to the new repository.
      if !entries.isEmpty { try directory.synchronize() }
    }
  }

  /// What has files before there is a configuration; key slots have names like those of staged files.
  private static var transientDirectories: [FileName] { [LocalLayout.directory(of: .keys), LocalLayout.staging] }
}
