import Glibc

extension LocalBackend {
  /// Lists an area's directory, for packs with its fan-out directories. With `.config`, whatever lies in the repository's
  /// directory without belonging to the layout is foreign.
  public func list(_ area: ObjectArea) throws(BackendError) -> Listing {
    switch area {
    case .config: try listRoot()
    case .packs: try listPacks()
    case .keys, .index, .snapshots, .intents, .tombstones, .sweeps:
      try scan(directory(of: area), "\(area.rawValue)/") { try? ObjectName(area, $0) }
    }
  }

  /// The configuration, and whatever lies in the repository's directory without belonging to the layout.
  private func listRoot() throws(BackendError) -> Listing {
    let layout = LocalLayout.directories + [LocalLayout.reserve]
    let all = try scan(root, "") { $0 == ObjectName.config.name ? .config : nil }
    return Listing(objects: all.objects, foreign: all.foreign.filter { !layout.contains($0) })
  }

  private func listPacks() throws(BackendError) -> Listing {
    var objects: [ListedObject] = []
    var foreign: [String] = []
    let packs = directory(of: .packs)
    for entry in try entries(of: packs, "packs/") {
      let path = "packs/\(entry.displayName)/"
      guard let name = entry.asciiName, LocalLayout.isFanOut(name), try isDirectory(name, in: packs) else {
        foreign.append("packs/\(entry.displayName)")
        continue
      }
      let directory = try Self.mapping("can't open \(location)/\(path)") { () throws(SystemCallFailure) in
        try Directory(name, in: packs)
      }
      let listing = try scan(directory, path) { $0.hasPrefix(name) ? try? ObjectName(.packs, $0) : nil }
      objects += listing.objects
      foreign += listing.foreign
    }
    return Listing(objects: objects, foreign: foreign)
  }

  private func isDirectory(_ name: String, in directory: Directory) throws(BackendError) -> Bool {
    try Self.mapping("can't look up \(location)/packs/\(name)") { () throws(SystemCallFailure) in
      try directory.status(of: name)?.isDirectory ?? false
    }
  }

  /// The objects and the foreign entries of one directory; `objectName` knows which names are objects'.
  private func scan(
    _ directory: Directory, _ prefix: String, objectName: (String) -> ObjectName?
  ) throws(BackendError) -> Listing {
    var objects: [ListedObject] = []
    var foreign: [String] = []
    for entry in try entries(of: directory, prefix) {
      guard let text = entry.asciiName, let name = objectName(text) else {
        foreign.append(prefix + entry.displayName)
        continue
      }
      let status = try Self.mapping("can't look up \(location)/\(prefix)\(text)") { () throws(SystemCallFailure) in
        try directory.status(of: text)
      }
      // Deleted since the directory was read: no part of the listing.
      guard let status else { continue }
      if status.isRegularFile {
        objects.append(ListedObject(name: name, size: UInt64(status.st_size)))
      } else {
        foreign.append(prefix + text)
      }
    }
    return Listing(objects: objects, foreign: foreign)
  }

  private func entries(of directory: Directory, _ path: String) throws(BackendError) -> [DirectoryEntry] {
    try Self.mapping("can't list \(location)/\(path)") { () throws(SystemCallFailure) in try directory.entries() }
  }
}

extension LocalBackend {
  /// Lists `tmp/`.
  public func listStagedUploads() throws(BackendError) -> StagingListing {
    let prefix = "\(LocalLayout.staging)/"
    let now = Duration.sinceEpoch()
    var uploads: [StagedUpload] = []
    var foreign: [String] = []
    for entry in try entries(of: staging, prefix) {
      guard let name = entry.asciiName, LocalLayout.isStagingName(name) else {
        foreign.append(prefix + entry.displayName)
        continue
      }
      let status = try Self.mapping("can't look up \(location)/\(prefix)\(name)") { () throws(SystemCallFailure) in
        try staging.status(of: name)
      }
      guard let status else { continue }
      if status.isRegularFile {
        let age = max(.zero, now - Duration(status.st_mtim))
        uploads.append(StagedUpload(identifier: name, size: UInt64(status.st_size), age: age))
      } else {
        foreign.append(prefix + name)
      }
    }
    return StagingListing(uploads: uploads, foreign: foreign)
  }

  /// Removes a file of `tmp/`. It is not flushed: one that comes back after a crash is listed again.
  public func removeStagedUpload(_ upload: StagedUpload) throws(BackendError) {
    precondition(LocalLayout.isStagingName(upload.identifier), "not listed by a local backend")
    try Self.mapping("can't remove \(location)/\(LocalLayout.staging)/\(upload.identifier)") {
      () throws(SystemCallFailure) in
      try staging.remove(upload.identifier)
    }
  }
}

extension Duration {
  fileprivate init(_ time: timespec) {
    self = .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }

  /// The wall clock, which is what files are stamped with.
  fileprivate static func sinceEpoch() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Duration(time)
  }
}
