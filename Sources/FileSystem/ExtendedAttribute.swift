/// A named value attached to a file system object. Access control lists are the ones called `system.posix_acl_access` and
/// `system.posix_acl_default`, in the kernel's binary form.
public struct ExtendedAttribute: Hashable, Sendable {
  /// The name with its namespace, such as `user.comment`: up to 255 bytes.
  public let name: PathBytes
  /// The value: up to 64 KiB.
  public let value: [UInt8]

  /// An attribute to set.
  public init(name: PathBytes, value: [UInt8]) {
    self.name = name
    self.value = value
  }
}

/// The attributes of an open object.
extension OpenObject where Self: ~Copyable {
  /// All attributes that this user may see, in the order of their names; none where the file system has none.
  public func extendedAttributes() throws(FileSystemError) -> [ExtendedAttribute] {
    try AttributeTarget.descriptor(rawDescriptor).all(path)
  }

  /// Sets an attribute, in place of one of that name.
  public func setExtendedAttribute(_ attribute: ExtendedAttribute) throws(FileSystemError) {
    try check(AttributeTarget.descriptor(rawDescriptor).set(attribute), "setxattr")
  }

  /// Removes the attribute called `name`.
  public func removeExtendedAttribute(_ name: PathBytes) throws(FileSystemError) {
    try check(AttributeTarget.descriptor(rawDescriptor).remove(name), "removexattr")
  }
}

/// The attributes of an entry that can't be opened without effects: a symbolic link, a device, a pipe, a socket. Needs /proc.
extension Directory {
  /// All attributes that this user may see, in the order of their names; none where the file system has none.
  public func extendedAttributes(of name: FileName) throws(FileSystemError) -> [ExtendedAttribute] {
    try target(name).all(path.appending(name))
  }

  /// Sets an attribute, in place of one of that name.
  public func setExtendedAttribute(_ attribute: ExtendedAttribute, of name: FileName) throws(FileSystemError) {
    try check(target(name).set(attribute), "setxattr", name)
  }

  /// Removes the attribute called `attribute`.
  public func removeExtendedAttribute(_ attribute: PathBytes, of name: FileName) throws(FileSystemError) {
    try check(target(name).remove(attribute), "removexattr", name)
  }

  private func target(_ name: FileName) -> AttributeTarget {
    .path(ProcPath.path(of: name, in: rawDescriptor))
  }
}
