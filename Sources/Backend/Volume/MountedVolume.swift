public import FileSystem

/// A mounted file system, and what tells it from every other.
public struct MountedVolume: Sendable, Equatable {
  /// The directory that it is mounted on.
  public let mountPoint: String
  /// What tells the file system from others, on this machine or another: its kind and its UUID or, where it has none, what
  /// it is on.
  public let identity: String
  /// Whether it is what the machine's root directory is on.
  public let isRoot: Bool

  init(_ mount: Mount, in directory: Directory, devices: DeviceLinks) throws(FileSystemError) {
    mountPoint = String(decoding: mount.point.bytes, as: UTF8.self)
    identity = try Self.identity(of: mount, in: directory, devices: devices)
    isRoot = mount.point == "/"
  }

  private static func identity(
    of mount: Mount, in directory: Directory, devices: DeviceLinks
  ) throws(FileSystemError) -> String {
    if let uuid = devices.name(.uuid, of: mount.source) { return "\(mount.type) \(uuid)" }
    return "\(mount.type) \(try directory.filesystemUUID() ?? String(mount.source.escaped.prefix(200)))"
  }
}

extension MountedVolume {
  /// The volume that a path is on; where nothing is there yet, the one of the nearest directory above it.
  ///
  /// - Throws: `.invalidName` for what is no path, `.volumeUnavailable` where that can't be told.
  public static func holding(
    _ path: String, devices: DeviceLinks = .system
  ) throws(BackendError) -> MountedVolume {
    try holding(try nearestDirectory(to: path), path, devices)
  }

  fileprivate static func holding(
    _ directory: Directory, _ path: String, _ devices: DeviceLinks
  ) throws(BackendError) -> MountedVolume {
    let message = "can't tell which volume \(path) is on"
    let volume = try LocalBackend.mapping(message) { () throws(FileSystemError) -> MountedVolume? in
      let status = try directory.status()
      guard let mount = try MountTable.current().mount(of: status) else { return nil }
      return try MountedVolume(mount, in: directory, devices: devices)
    }
    guard let volume else { throw BackendError(code: .volumeUnavailable, message: message) }
    return volume
  }

  /// The volume that a name stands for: a label, a UUID, or a device's name in /dev/disk/by-id.
  ///
  /// Where the same file system is mounted several times, the first mount of the whole counts.
  ///
  /// - Throws: `.volumeUnavailable` if none of that name is mounted, or several are.
  public static func named(
    _ name: String, devices: DeviceLinks = .system
  ) throws(BackendError) -> MountedVolume {
    let table = try LocalBackend.mapping("can't tell what is mounted") { () throws(FileSystemError) in
      try MountTable.current()
    }
    let wanted = Set(DeviceLinks.Kind.allCases.compactMap { devices.device($0, name) })
    var found: [MountedVolume] = []
    // Others than those on block devices have neither label nor UUID, and some wait for a server.
    let candidates = table.mounts.filter { $0.source.bytes.starts(with: "/dev/".utf8) }
    for mount in candidates.sorted(by: { $0.root == "/" && $1.root != "/" }) {
      // What another mount hides, or this user can't enter, is not there.
      guard let directory = try? Directory(at: mount.point), (try? directory.status().mount) == mount.id else {
        continue
      }
      // A volume of LVM or LUKS has a link as its device in mountinfo.
      let isNamed = DeviceLinks.resolved(mount.source).map(wanted.contains) ?? false || isCalled(name, directory)
      guard isNamed, let volume = try? MountedVolume(mount, in: directory, devices: devices) else { continue }
      if !found.contains(where: { $0.identity == volume.identity }) { found.append(volume) }
    }
    guard let volume = found.first else { throw notMounted(name, device: wanted.first) }
    guard found.count == 1 else {
      let identities = found.map { "\($0.identity) at \($0.mountPoint)" }.joined(separator: ", ")
      throw BackendError(
        code: .volumeUnavailable, message: "several volumes are called \(name): \(identities); name one by its UUID")
    }
    return volume
  }

  private static func isCalled(_ name: String, _ directory: Directory) -> Bool {
    (try? directory.filesystemLabel()) == name || (try? directory.filesystemUUID()) == name.lowercased()
  }

  private static func notMounted(_ name: String, device: PathBytes?) -> BackendError {
    let message =
      device.map { "the volume \(name), which is \($0.escaped), is not mounted" }
      ?? "no mounted volume has the label, UUID or id \(name)"
    return BackendError(code: .volumeUnavailable, message: message)
  }

  private static func nearestDirectory(to path: String) throws(BackendError) -> Directory {
    var place = Array(path.utf8)
    while true {
      guard let candidate = PathBytes(place.isEmpty ? Array(".".utf8) : place) else {
        throw BackendError(code: .invalidName, message: "no directory can be called \(path.debugDescription)")
      }
      do {
        return try Directory(at: candidate)
      } catch {
        guard error.code == .notFound, !place.isEmpty else {
          throw BackendError(code: .volumeUnavailable, message: "can't look at \(candidate.escaped)", cause: error)
        }
      }
      while place.last == UInt8(ascii: "/") { place.removeLast() }
      while let last = place.last, last != UInt8(ascii: "/") { place.removeLast() }
      // The root directory is always there.
      if place.count > 1 { place.removeLast() }
    }
  }
}

extension LocalBackend {
  /// The volume that the repository's directory is on, whatever its path leads to by now.
  ///
  /// - Throws: `.volumeUnavailable` where that can't be told.
  public func volume(devices: DeviceLinks = .system) throws(BackendError) -> MountedVolume {
    try MountedVolume.holding(root, location, devices)
  }
}
