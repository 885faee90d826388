import FileSystem

extension LocalBackend {
  /// Moves the object's file into `quarantine/`.
  public func quarantine(_ name: ObjectName) throws(BackendError) {
    try mapping("quarantine", name) { () throws(FileSystemError) in
      guard let source = try directoryIfPresent(of: name) else { return }
      try root.createDirectoryIfMissing(LocalLayout.quarantine)
      // Also where it was there already: whoever made it may not have come to this flush.
      try root.synchronize()
      let target = try root.openDirectory(LocalLayout.quarantine)
      try move(name, from: source, to: target)
      openFiles.remove(name)
      // The new name first: after a crash the object may have both names, and never none. Also where nothing was moved
      // here, for whoever moved it may not have flushed.
      try target.synchronize()
      try source.synchronize()
    }
  }

  private func move(_ name: ObjectName, from source: Directory, to target: Directory) throws(FileSystemError) {
    var number = 1
    while try source.statusIfPresent(of: name.fileName) != nil {
      do {
        let newName = LocalLayout.quarantineName(of: name, number: number)
        if try source.move(name.fileName, to: target, as: newName) { return }
        number += 1
      } catch {
        // Somebody else has moved it since it was looked up.
        if error.code != .notFound { throw error }
      }
    }
  }

  /// The directory that an object lies in; nil if there is none.
  private func directoryIfPresent(of name: ObjectName) throws(FileSystemError) -> Directory? {
    let area = directory(of: name.area)
    guard name.area == .packs else { return area }
    do {
      return try area.openDirectory(name.fanOutDirectory)
    } catch {
      if error.code == .notFound { return nil }
      throw error
    }
  }
}
