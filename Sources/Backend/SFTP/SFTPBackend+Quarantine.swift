import FileSystem
import SSH

extension SFTPBackend {
  /// Gives the object's file a name in `quarantine/` and takes its own away.
  public func quarantine(_ name: ObjectName) throws(BackendError) -> String {
    _ = try size(of: name)
    defer { forgetOpenPacks() }
    var kept: String?
    return try changing("can't move \(path(of: name)) to the quarantine", object: name) {
      (connection) throws(SSHError) in
      // Where the connection is lost after this, the object's own name may be gone already.
      let place: String
      if let kept { place = kept } else { place = try linkIntoQuarantine(name, connection) }
      kept = place
      try connection.client.removeIfPresent(layout.path(of: name))
      try flushDirectory(layout.directory(holding: name), connection)
      return place
    }
  }

  /// Gives a flushed staged file the name of a pack, whose own file is in `quarantine/` already.
  ///
  /// Names can't be exchanged over SFTP, so a pack that is deleted just now comes back: named by no segment, it goes with the
  /// next prune.
  func replace(_ name: ObjectName, with staged: [UInt8], _ connection: SFTPConnection) throws(SSHError) {
    let client = connection.client
    _ = try client.value(of: client.attributes(of: layout.path(of: name)))
    try client.value(of: client.renameReplacing(staged, to: layout.path(of: name)))
    try flushDirectory(layout.directory(holding: name), connection)
  }

  // As many copies of one object nobody has, whatever a server says.
  private static let copyLimit = 1_000

  /// A second name, so that the object's bytes are never without one; in the words of the storage.
  func linkIntoQuarantine(
    _ name: ObjectName, _ connection: SFTPConnection
  ) throws(SSHError) -> String {
    let client = connection.client
    let directory = layout.quarantine
    let made = client.makeDirectory(directory, mode: 0o700)
    _ = try client.value(of: client.attributes(of: directory))
    client.forget(made)
    try flushDirectory(layout.directory, connection)
    var count = 0
    while true {
      let kept = LocalLayout.quarantineName(of: name, after: count).displayText
      let path = layout.path(LocalLayout.quarantine.displayText, kept)
      do throws(SSHError) {
        try client.value(of: client.link(layout.path(of: name), as: path))
        try flushDirectory(directory, connection)
        return "\(LocalLayout.quarantine)/\(kept)"
      } catch let error where error.code == .failed {
        // The server doesn't say that the name is taken.
        guard count < Self.copyLimit, try client.isPresent(path) else { throw error }
        count += 1
      }
    }
  }
}
