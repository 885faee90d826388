import Backend

extension ObjectName {
  /// The areas whose objects have parity, in a repository that has any.
  static let protectedAreas: [ObjectArea] = [.packs, .index, .snapshots]

  /// Whether the object may have parity.
  var isProtected: Bool { Self.protectedAreas.contains(area) }

  /// The name of the object's parity.
  func parity() throws(RepositoryError) -> ObjectName {
    try RepositoryError.wrapping("the parity of \(self)") { () throws(BackendError) in
      try ObjectName(.parity, "\(name)-\(area.rawValue)")
    }
  }

  /// The object that a parity object protects, by its name; nil if no parity has such a name.
  var protectedObject: ObjectName? {
    for area in Self.protectedAreas where name.hasSuffix("-\(area.rawValue)") {
      return try? ObjectName(area, String(name.dropLast(area.rawValue.utf8.count + 1)))
    }
    return nil
  }
}
