import FileSystem

/// What metadata is given to: an open file or directory, or an entry that can't be opened.
protocol MetadataTarget: ~Copyable {
  /// `UInt32.max` leaves that one as it is.
  func setOwner(user: UInt32, group: UInt32) throws(FileSystemError)
  func setExtendedAttribute(_ attribute: ExtendedAttribute) throws(FileSystemError)
  func removeExtendedAttribute(_ name: PathBytes) throws(FileSystemError)
  func setPermissions(_ mode: UInt32) throws(FileSystemError)
  func setTimes(access: Timestamp?, modification: Timestamp?) throws(FileSystemError)
}

extension File: MetadataTarget {}

extension Directory: MetadataTarget {}

/// A link, a pipe, a socket or a device in its directory.
struct NamedEntry: MetadataTarget {
  let name: FileName
  let directory: Directory

  func setOwner(user: UInt32, group: UInt32) throws(FileSystemError) {
    try directory.setOwner(of: name, user: user, group: group)
  }

  func setExtendedAttribute(_ attribute: ExtendedAttribute) throws(FileSystemError) {
    try directory.setExtendedAttribute(attribute, of: name)
  }

  func removeExtendedAttribute(_ attribute: PathBytes) throws(FileSystemError) {
    try directory.removeExtendedAttribute(attribute, of: name)
  }

  func setPermissions(_ mode: UInt32) throws(FileSystemError) { try directory.setPermissions(of: name, mode) }

  func setTimes(access: Timestamp?, modification: Timestamp?) throws(FileSystemError) {
    try directory.setTimes(of: name, access: access, modification: modification)
  }
}
