import FileSystem

extension BlockDeviceBackend {
  /// Starts an upload in memory.
  public func beginUpload(to area: ObjectArea) throws(BackendError) -> any Upload {
    // A device that takes nothing is found out before anything is given to it.
    try volume.requireWritable()
    return BlockDeviceUpload(in: self, area: area)
  }

  /// Removes all names by as few records as hold them, and flushes once.
  public func delete(_ names: [ObjectName]) throws(BackendError) {
    guard !names.isEmpty else { return }
    try changing(names[0], "delete") { (journal) throws(BackendError) in
      let standing = try volume.known { (view) throws(BackendError) in
        Set(names).filter { view.catalogue.entry(of: $0) != nil }
      }
      try journal.append(standing.map(VolumeChange.remove), to: volume)
      // Also where nothing was removed here: whoever did remove it may not have flushed.
      try journal.flush(volume)
    }
  }

  /// Gives the object's extents to the quarantine.
  public func quarantine(_ name: ObjectName) throws(BackendError) -> String {
    try changing(name, "move to the quarantine") { (journal) throws(BackendError) in
      let (changes, kept) = try keeping(name)
      try journal.append(changes, to: volume)
      try journal.flush(volume)
      return kept
    }
  }

  /// The changes that take a standing object into the quarantine, and what it is called there.
  func keeping(_ name: ObjectName) throws(BackendError) -> (changes: [VolumeChange], kept: String) {
    try volume.known { (view) throws(BackendError) in
      guard let entry = view.catalogue.entry(of: name) else { throw missing(name) }
      let number = view.catalogue.nextNumber(of: name)
      return (
        [.remove(name), .keep(name, number: number, entry.stored)],
        "quarantine/\(name.area.rawValue)-\(name.name)-\(number)"
      )
    }
  }

  /// Frees what the upload has; while its process lives that waits until it has let go of it.
  public func removeStagedUpload(_ upload: StagedUpload) throws(BackendError) {
    guard let id = VolumeUploadID(upload.identifier) else {
      preconditionFailure("not listed by a block device backend")
    }
    try volume.changing { (journal) throws(BackendError) in
      guard let staged = try volume.known({ (view) throws(BackendError) in view.catalogue.staged[id] }) else { return }
      try journal.append([try volume.isHeld(staged) ? .abandon(id) : .unstage(id)], to: volume)
      try journal.freeAbandoned(of: volume)
    }
  }

  /// Keeps the size in the catalogue; so many blocks are left free.
  public func setReserve(_ size: UInt64) throws(BackendError) {
    try volume.changing { (journal) throws(BackendError) in
      let (old, hasRoom) = try volume.known { (view) throws(BackendError) in
        (view.catalogue.reserve, VolumeLayout.blocks(size) <= view.catalogue.free.blockCount)
      }
      let new = hasRoom ? size : 0
      if new != old { try journal.append([.reserve(bytes: new)], to: volume) }
      try journal.flush(volume)
      guard hasRoom else {
        throw BackendError(code: .noSpace, message: "can't set aside \(size) bytes on \(volume.path)")
      }
    }
  }

  /// Runs changes on behalf of an object; their errors name it.
  func changing<Result: Sendable>(
    _ name: ObjectName, _ action: StaticString, _ body: (inout VolumeJournal) throws(BackendError) -> Result
  ) throws(BackendError) -> Result {
    do throws(BackendError) {
      return try volume.changing(body)
    } catch {
      guard error.object == nil else { throw error }
      throw BackendError(code: error.code, message: "can't \(action) \(describe(name))", object: name, cause: error)
    }
  }
}
