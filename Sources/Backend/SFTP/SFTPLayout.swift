import FileSystem

/// Where a repository's objects lie on a server: as in a local directory, so that a repository can be opened either way.
struct SFTPLayout: Sendable {
  /// The repository's directory, without a slash at its end.
  let root: [UInt8]

  init(root: [UInt8]) {
    self.root = Array(root.reversed().drop { $0 == UInt8(ascii: "/") }.reversed())
  }

  /// The repository's directory itself.
  var directory: [UInt8] { root.isEmpty ? [UInt8(ascii: "/")] : root }

  /// What has this path in the repository.
  func path(_ parts: String...) -> [UInt8] {
    parts.reduce(into: root) { path, part in
      path.append(UInt8(ascii: "/"))
      path += part.utf8
    }
  }

  func directory(of area: ObjectArea) -> [UInt8] {
    area == .config ? directory : path(area.rawValue)
  }

  /// The directory that holds the object: its area's, or a fan-out directory of it.
  func directory(holding name: ObjectName) -> [UInt8] {
    name.area.isSpread ? path(name.area.rawValue, String(name.fanOut)) : directory(of: name.area)
  }

  func path(of name: ObjectName) -> [UInt8] {
    name.area == .config ? path(name.name) : path(name.area.rawValue, LocalLayout.path(of: name))
  }

  func staged(_ identifier: String) -> [UInt8] { path(LocalLayout.staging.displayText, identifier) }

  var staging: [UInt8] { path(LocalLayout.staging.displayText) }
  var quarantine: [UInt8] { path(LocalLayout.quarantine.displayText) }
  var reserve: [UInt8] { path(LocalLayout.reserve.displayText) }
}
