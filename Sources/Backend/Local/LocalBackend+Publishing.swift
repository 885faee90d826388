import Glibc
import Synchronization

extension LocalBackend {
  /// Makes a file in `tmp/`.
  public func beginUpload(to area: ObjectArea) throws(BackendError) -> any Upload {
    try LocalUpload(in: self, area: area)
  }

  /// Gives a flushed staged file its name, and makes the name durable.
  ///
  /// When the last flush fails the object stays: someone else may have found it, flushed the directory and relied on it.
  func publish(_ stagingName: String, as name: ObjectName) throws(BackendError) -> CommitOutcome {
    try mapping("publish", name) { () throws(SystemCallFailure) in
      let target = try publicationDirectory(for: name)
      let isCreated = try staging.move(stagingName, to: target, as: name.name)
      // Where the name was taken, its publisher may not have come to this flush yet, and never will if it dies now.
      try target.descriptor.flush()
      return isCreated ? .created : .alreadyExists
    }
  }

  /// The directory for a new object; a pack's fan-out directory is made if it is missing.
  private func publicationDirectory(for name: ObjectName) throws(SystemCallFailure) -> Directory {
    guard name.area == .packs else { return directory(of: name.area) }
    let packs = directory(of: .packs)
    let fanOut = String(name.fanOut)
    try packs.makeDirectory(fanOut)
    // Flushed also where it was there already: whoever made it may not have come to that yet. Remembered only after the
    // flush has succeeded, so nobody relies on a flush that is still under way.
    if !durableFanOuts.withLock({ $0.contains(fanOut) }) {
      try packs.descriptor.flush()
      _ = durableFanOuts.withLock { $0.insert(fanOut) }
    }
    return try Directory(fanOut, in: packs)
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
    var directory = directory(of: first.area)
    if first.area == .packs {
      do {
        directory = try Directory(String(first.fanOut), in: directory)
      } catch {
        if error.number == ENOENT { return }
        throw BackendError(code: error.code, message: "can't delete \(path(of: first))", object: first, cause: error)
      }
    }
    for name in names {
      try mapping("delete", name) { () throws(SystemCallFailure) in try directory.remove(name.name) }
      openFiles.remove(name)
    }
    // Also where nothing was removed here: whoever did remove it may not have flushed.
    try mapping("delete", first) { () throws(SystemCallFailure) in try directory.descriptor.flush() }
  }
}

extension LocalBackend {
  /// What the file system has for users without privileges.
  public func freeSpace() throws(BackendError) -> UInt64? {
    try Self.mapping("can't tell the free space of \(location)") { () throws(SystemCallFailure) in
      var status = statvfs()
      try callRepeatedly("fstatvfs") { fstatvfs(root.number, &status) }
      return UInt64(status.f_bavail) * UInt64(status.f_frsize)
    }
  }

  /// Keeps the reserve as an allocated file beside the areas.
  public func setReserve(_ size: UInt64) throws(BackendError) {
    try Self.mapping("can't set aside \(size) bytes in \(location)/\(LocalLayout.reserve)") {
      () throws(SystemCallFailure) in
      try root.remove(LocalLayout.reserve)
      if size > 0 { try allocateReserve(size) }
      try root.descriptor.flush()
    }
  }

  private func allocateReserve(_ size: UInt64) throws(SystemCallFailure) {
    guard let length = off_t(exactly: size) else { throw SystemCallFailure(call: "fallocate", number: ENOSPC) }
    let file = try Descriptor(opening: LocalLayout.reserve, in: root.number, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
    do throws(SystemCallFailure) {
      // Returns the error instead of setting `errno`. A sparse file would reserve nothing.
      let result = posix_fallocate(file.number, 0, length)
      if result != 0 { throw SystemCallFailure(call: "posix_fallocate", number: result) }
      try file.flush()
    } catch {
      try root.remove(LocalLayout.reserve)
      throw error
    }
  }
}
