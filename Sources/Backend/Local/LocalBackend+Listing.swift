import FileSystem

extension LocalBackend {
  /// Lists an area's directory, with its fan-out directories where it has them. With `.config`, whatever lies in the repository's
  /// directory without belonging to the layout is foreign.
  public func list(_ area: ObjectArea) throws(BackendError) -> Listing {
    switch area {
    case .config: try listRoot()
    case .packs, .parity: try listSpread(area)
    case .keys, .index, .snapshots, .intents, .tombstones, .sweeps:
      try scan(existingDirectory(of: area), "\(area.rawValue)/") { try? ObjectName(area, $0) }
    }
  }

  private func existingDirectory(of area: ObjectArea) throws(BackendError) -> Directory? {
    do {
      return try directory(of: area)
    } catch {
      if error.code == .notFound { return nil }
      throw BackendError(
        code: .init(error), message: "can't open the directory \(location)/\(area.rawValue)", cause: error)
    }
  }

  /// The configuration, and whatever lies in the repository's directory without belonging to the layout.
  private func listRoot() throws(BackendError) -> Listing {
    let layout = (LocalLayout.directories + LocalLayout.laterDirectories + [LocalLayout.reserve]).map(\.displayText)
    let all = try scan(root, "") { $0 == ObjectName.config.name ? .config : nil }
    return Listing(objects: all.objects, foreign: all.foreign.filter { !layout.contains($0) })
  }

  private func listSpread(_ area: ObjectArea) throws(BackendError) -> Listing {
    guard let areaDirectory = try existingDirectory(of: area) else { return Listing(objects: []) }
    var objects: [ListedObject] = []
    var foreign: [String] = []
    for entry in try entries(of: areaDirectory, "\(area.rawValue)/") {
      let path = "\(area.rawValue)/\(entry.name.displayText)/"
      guard
        let name = entry.name.asciiText, LocalLayout.isFanOut(name), try isDirectory(entry.name, in: areaDirectory)
      else {
        foreign.append("\(area.rawValue)/\(entry.name.displayText)")
        continue
      }
      let directory = try Self.mapping("can't open \(location)/\(path)") { () throws(FileSystemError) in
        try areaDirectory.openDirectory(entry.name)
      }
      let listing = try scan(directory, path) { $0.hasPrefix(name) ? try? ObjectName(area, $0) : nil }
      objects += listing.objects
      foreign += listing.foreign
    }
    return Listing(objects: objects, foreign: foreign)
  }

  private func isDirectory(_ name: FileName, in directory: Directory) throws(BackendError) -> Bool {
    try Self.mapping("can't look up \(directory.path)/\(name)") { () throws(FileSystemError) in
      try directory.statusIfPresent(of: name)?.type == .directory
    }
  }

  /// The objects and the foreign entries of one directory; `objectName` knows which names are objects'.
  private func scan(
    _ directory: Directory?, _ prefix: String, objectName: (String) -> ObjectName?
  ) throws(BackendError) -> Listing {
    var objects: [ListedObject] = []
    var foreign: [String] = []
    guard let directory else { return Listing(objects: []) }
    for entry in try entries(of: directory, prefix) {
      guard let text = entry.name.asciiText, let name = objectName(text) else {
        foreign.append(prefix + entry.name.displayText)
        continue
      }
      let status = try Self.mapping("can't look up \(location)/\(prefix)\(text)") { () throws(FileSystemError) in
        try directory.statusIfPresent(of: entry.name)
      }
      // Deleted since the directory was read: no part of the listing.
      guard let status else { continue }
      if status.type == .regular {
        objects.append(ListedObject(name: name, size: UInt64(status.size)))
      } else {
        foreign.append(prefix + text)
      }
    }
    return Listing(objects: objects, foreign: foreign)
  }

  private func entries(of directory: Directory, _ path: String) throws(BackendError) -> [DirectoryEntry] {
    // Opened once more, for several threads may list one directory and would share the position in it.
    try Self.mapping("can't list \(location)/\(path)") { () throws(FileSystemError) in
      try directory.reopened().entries()
    }
  }
}

extension LocalBackend {
  /// Lists `tmp/`.
  public func listStagedUploads() throws(BackendError) -> StagingListing {
    let prefix = "\(LocalLayout.staging)/"
    let now = Timestamp.now()
    var uploads: [StagedUpload] = []
    var foreign: [String] = []
    for entry in try entries(of: staging, prefix) {
      guard let name = entry.name.asciiText, LocalLayout.isStagingName(name) else {
        foreign.append(prefix + entry.name.displayText)
        continue
      }
      let status = try Self.mapping("can't look up \(location)/\(prefix)\(name)") { () throws(FileSystemError) in
        try staging.statusIfPresent(of: entry.name)
      }
      guard let status else { continue }
      if status.type == .regular {
        let age = max(.zero, now.since(status.modified))
        uploads.append(StagedUpload(identifier: name, size: UInt64(status.size), age: age))
      } else {
        foreign.append(prefix + name)
      }
    }
    return StagingListing(uploads: uploads, foreign: foreign)
  }

  /// Removes a file of `tmp/`. It is not flushed: one that comes back after a crash is listed again.
  public func removeStagedUpload(_ upload: StagedUpload) throws(BackendError) {
    guard let name = FileName(upload.identifier), LocalLayout.isStagingName(upload.identifier) else {
      preconditionFailure("not listed by a local backend")
    }
    try Self.mapping("can't remove \(location)/\(LocalLayout.staging)/\(upload.identifier)") {
      () throws(FileSystemError) in
      try staging.removeFileIfPresent(name)
    }
  }
}

extension Timestamp {
  /// The time from `earlier` to this one; negative if it is later in fact.
  fileprivate func since(_ earlier: Timestamp) -> Duration {
    .seconds(seconds - earlier.seconds) + .nanoseconds(Int64(nanoseconds) - Int64(earlier.nanoseconds))
  }
}
