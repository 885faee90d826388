import FileSystem
import SSH
import Synchronization

extension SFTPBackend {
  /// Lists an area's directory, with its fan-out directories where it has them. With `.config`, whatever lies in the repository's
  /// directory without belonging to the layout is foreign.
  public func list(_ area: ObjectArea) throws(BackendError) -> Listing {
    if area == .keys, let seen = firstLook.withLock({ $0.keys.take() }) { return seen }
    return try asking("can't list \(location)/\(area.rawValue)") { (connection) throws(SSHError) in
      switch area {
      case .config: try listRoot(connection)
      case .packs, .parity: try listSpread(area, connection)
      case .keys, .index, .snapshots, .intents, .tombstones, .sweeps:
        try scan(layout.directory(of: area), "\(area.rawValue)/", connection) { try? ObjectName(area, $0) }
      }
    }
  }

  /// Lists areas without fan-out directories together. OpenSSH works in order and reads a directory when it is asked for
  /// names, so each listing is from a later moment than the one before; unless one is so long that it takes more questions.
  public func list(_ areas: [ObjectArea]) throws(BackendError) -> [Listing] {
    precondition(!areas.contains { $0.isSpread || $0 == .config }, "areas of one directory each")
    return try asking("can't list \(location)") { (connection) throws(SSHError) in
      var listings: [Listing] = []
      while listings.count < areas.count {
        let rest = areas[listings.count...]
        let found = try contents(of: rest.map(layout.directory), connection)
        for (area, entries) in zip(rest, found) {
          let directory = layout.directory(of: area)
          listings.append(
            try sort(entries.names, of: directory, "\(area.rawValue)/", connection) { try? ObjectName(area, $0) })
          guard entries.isAtOnce else { break }
        }
      }
      return listings
    }
  }

  private func listRoot(_ connection: SFTPConnection) throws(SSHError) -> Listing {
    let layout = (LocalLayout.directories + LocalLayout.laterDirectories + [LocalLayout.reserve]).map(\.displayText)
    let all = try scan(self.layout.directory, "", connection) { $0 == ObjectName.config.name ? .config : nil }
    return Listing(objects: all.objects, foreign: all.foreign.filter { !layout.contains($0) })
  }

  private func listSpread(_ area: ObjectArea, _ connection: SFTPConnection) throws(SSHError) -> Listing {
    let entries: [SFTPName]
    do throws(SSHError) {
      entries = try names(in: [layout.directory(of: area)], connection)[0]
    } catch let error where error.code == .notFound && area == .parity {
      return Listing(objects: [])
    }
    var foreign: [String] = []
    var directories: [String] = []
    for entry in entries {
      let text = String(decoding: entry.bytes, as: UTF8.self)
      if LocalLayout.isFanOut(text), entry.attributes.isDirectory ?? true {
        // A server may say one twice.
        if !directories.contains(text) { directories.append(text) }
      } else {
        foreign.append("\(area.rawValue)/\(text)")
      }
    }
    var objects: [ListedObject] = []
    let listings = try names(in: directories.map { layout.path(area.rawValue, $0) }, connection)
    for (directory, entries) in zip(directories, listings) {
      let path = layout.path(area.rawValue, directory)
      let listing = try sort(entries, of: path, "\(area.rawValue)/\(directory)/", connection) {
        $0.hasPrefix(directory) ? try? ObjectName(area, $0) : nil
      }
      objects += listing.objects
      foreign += listing.foreign
    }
    return Listing(objects: objects, foreign: foreign)
  }

  private func scan(
    _ directory: [UInt8], _ prefix: String, _ connection: SFTPConnection, objectName: (String) -> ObjectName?
  ) throws(SSHError) -> Listing {
    try sort(names(in: [directory], connection)[0], of: directory, prefix, connection, objectName: objectName)
  }

  /// What is in each of several directories, which are listed side by side.
  private func names(
    in directories: [[UInt8]], _ connection: SFTPConnection
  ) throws(SSHError) -> [[SFTPName]] {
    try contents(of: directories, connection).map(\.names)
  }

  /// The same, and of each directory whether the first answers brought all of it.
  private func contents(
    of directories: [[UInt8]], _ connection: SFTPConnection
  ) throws(SSHError) -> [(names: [SFTPName], isAtOnce: Bool)] {
    let client = connection.client
    var listings: [(names: [SFTPName], isAtOnce: Bool)] = []
    var limit = SFTPClient.nameLimit
    // Few enough that no server runs out of handles.
    for start in stride(from: 0, to: directories.count, by: Self.listedAtOnce) {
      let some = directories[start..<min(start + Self.listedAtOnce, directories.count)]
      let opening = some.map { ($0, client.openDirectory($0)) }
      var opened: [(path: [UInt8], handle: SFTPHandle)] = []
      // A server gives only so many handles.
      defer { for directory in opened { client.forget(client.close(directory.handle, directory.path)) } }
      var failure: SSHError?
      for (path, pending) in opening {
        do throws(SSHError) {
          opened.append((path, try client.value(of: pending)))
        } catch {
          failure = failure ?? error
        }
      }
      if let failure { throw failure }
      let first = opened.map { client.beginListing($0.handle, $0.path) }
      for (directory, begun) in zip(opened, first) {
        let listing = try client.allNames(in: directory.handle, directory.path, begun, limit: limit)
        limit -= listing.names.count
        listings.append(listing)
      }
    }
    return listings
  }

  private static let listedAtOnce = 64

  /// The objects and the foreign entries among names; `objectName` knows which names are objects'.
  func sort(
    _ entries: [SFTPName], of directory: [UInt8], _ prefix: String, _ connection: SFTPConnection,
    objectName: (String) -> ObjectName?
  ) throws(SSHError) -> Listing {
    var objects: [ListedObject] = []
    var foreign: [String] = []
    for entry in entries {
      let text = String(decoding: entry.bytes, as: UTF8.self)
      guard entry.bytes.allSatisfy({ $0 < 0x80 }), let name = objectName(text) else {
        foreign.append(prefix + text)
        continue
      }
      guard let attributes = try complete(entry, in: directory, connection) else { continue }
      if attributes.isRegularFile == true, let size = attributes.size {
        objects.append(ListedObject(name: name, size: size))
      } else {
        foreign.append(prefix + text)
      }
    }
    return Listing(objects: objects, foreign: foreign)
  }

  /// What is known about a listed name, asked for where the listing doesn't say it; nil if it has gone since.
  private func complete(
    _ entry: SFTPName, in directory: [UInt8], _ connection: SFTPConnection
  ) throws(SSHError) -> SFTPAttributes? {
    if entry.attributes.permissions != nil, entry.attributes.size != nil { return entry.attributes }
    do throws(SSHError) {
      let path = directory + [UInt8(ascii: "/")] + entry.bytes
      return try connection.client.value(of: connection.client.attributes(of: path))
    } catch let error where error.code == .notFound {
      return nil
    }
  }
}

extension SFTPBackend {
  /// Lists `tmp/`. Ages are told by the clock of this machine, as servers don't tell theirs.
  public func listStagedUploads() throws(BackendError) -> StagingListing {
    try asking("can't list \(location)/\(LocalLayout.staging)") { (connection) throws(SSHError) in
      let prefix = "\(LocalLayout.staging)/"
      let now = Timestamp.now().seconds
      var uploads: [StagedUpload] = []
      var foreign: [String] = []
      for entry in try names(in: [layout.staging], connection)[0] {
        let text = String(decoding: entry.bytes, as: UTF8.self)
        guard LocalLayout.isStagingName(text) else {
          foreign.append(prefix + text)
          continue
        }
        guard let attributes = try complete(entry, in: layout.staging, connection) else { continue }
        if attributes.isRegularFile == true, let size = attributes.size {
          let age = attributes.modified.map { max(0, now - Int64($0)) } ?? 0
          uploads.append(StagedUpload(identifier: text, size: size, age: .seconds(age)))
        } else {
          foreign.append(prefix + text)
        }
      }
      return StagingListing(uploads: uploads, foreign: foreign)
    }
  }

  /// Removes a file of `tmp/`. It is not flushed: one that comes back after a crash is listed again.
  public func removeStagedUpload(_ upload: StagedUpload) throws(BackendError) {
    precondition(LocalLayout.isStagingName(upload.identifier), "not listed by an SFTP backend")
    let path = layout.staged(upload.identifier)
    try changing("can't remove \(location)/\(LocalLayout.staging)/\(upload.identifier)") {
      (connection) throws(SSHError) in
      try connection.client.removeIfPresent(path)
    }
  }

  /// Whether nothing is known to be in what mkfs makes at the top of a file system; only root may look.
  private func isEmptyLostAndFound(_ path: [UInt8], _ connection: SFTPConnection) throws(SSHError) -> Bool {
    do throws(SSHError) {
      return try names(in: [path], connection)[0].isEmpty
    } catch let error where error.code == .permissionDenied {
      return true
    }
  }

  /// Throws if the repository's directory holds anything but what a creation that was cut off leaves, which is removed.
  func refuseOccupied() throws(BackendError) {
    let root = layout.directory
    let keys = LocalLayout.directory(of: .keys).displayText
    let (occupants, leftovers) = try asking("can't look into \(location)") {
      (connection) throws(SSHError) -> ([String], [[UInt8]]) in
      var occupants: [String] = []
      var leftovers: [[UInt8]] = []
      for entry in try names(in: [root], connection)[0] {
        let text = String(decoding: entry.bytes, as: UTF8.self)
        let path = layout.path(text)
        let attributes = try complete(entry, in: root, connection)
        if text == LocalLayout.reserve.displayText, attributes?.isRegularFile == true {
          leftovers.append(path)
          continue
        }
        if text == LocalLayout.lostAndFound.displayText, attributes?.isDirectory == true,
          try isEmptyLostAndFound(path, connection)
        {
          continue
        }
        let isPart = LocalLayout.directories.contains { $0.displayText == text } && attributes?.isDirectory == true
        let inside = isPart ? try names(in: [path], connection)[0] : []
        let isTransient = text == keys || text == LocalLayout.staging.displayText
        let isLeftover = inside.allSatisfy { entry in
          isTransient && entry.attributes.isRegularFile == true
            && LocalLayout.isStagingName(String(decoding: entry.bytes, as: UTF8.self))
        }
        guard isPart, isLeftover else {
          occupants.append(text)
          continue
        }
        leftovers += inside.map { path + [UInt8(ascii: "/")] + $0.bytes }
      }
      return (occupants, leftovers)
    }
    if occupants.contains(ObjectName.config.name) {
      throw BackendError(code: .repositoryExists, message: "there is a repository at \(location) already")
    }
    if let first = occupants.min() {
      throw BackendError(code: .notEmpty, message: "\(location) is not empty: it holds \(first.debugDescription)")
    }
    guard !leftovers.isEmpty else { return }
    try changing("can't remove what a creation of \(location) left behind") { (connection) throws(SSHError) in
      for path in leftovers { try connection.client.removeIfPresent(path) }
      // A key slot that came back would be damage to the new repository.
      try flushDirectory(layout.directory(of: .keys), connection)
    }
  }
}
