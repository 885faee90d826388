package import FileSystem

/// A repository on a block device without a file system, or on an image of one; `Volume` says how it lies there.
public final class BlockDeviceBackend: Backend {
  /// The volume's UUID, and its label if it has one: the same wherever the device is attached.
  public let location: String

  let volume: Volume
  /// What keeps others from making a repository there meanwhile.
  private let creation: OpenDevice?

  private init(_ volume: Volume, creation: OpenDevice? = nil) {
    self.volume = volume
    self.creation = creation
    location = volume.location
  }

  /// The path of the device, without symbolic links.
  package var devicePath: PathBytes { volume.place }

  /// What was wrong with a superblock when it was opened, in a sentence, and what to do about it.
  package var warning: String? { volume.warning }

  /// Opens the repository on a device.
  ///
  /// - Throws: `.volumeMissing` if there is no device or no volume on it; `.repositoryMissing` if there is no configuration on
  ///   that; `.inUse` if the system uses the device; `.damagedLayout`, `.notSupported` for a volume of a later version, `.invalidName` for what is no
  ///   device, `.permissionDenied` or `.io`.
  public static func open(at path: String) throws(BackendError) -> BlockDeviceBackend {
    let volume = try Volume(at: path)
    guard try volume.known({ (view) throws(BackendError) in view.catalogue.entry(of: .config) != nil }) else {
      throw BackendError(
        code: .repositoryMissing, message: "there is no repository on \(volume.path): the volume has no config")
    }
    return BlockDeviceBackend(volume)
  }

  /// Prepares a formatted device for a repository. It becomes one when `ObjectName.config` is published, which is for the
  /// caller to do last.
  ///
  /// What a creation that was cut off left behind is removed: key slots, and whatever was being staged.
  ///
  /// - Throws: `.repositoryExists` if there is a configuration, `.notEmpty` if there is anything else, `.inUse` also if somebody
  ///   else is making a repository there; otherwise as `open(at:)`, `.noSpace` and `.readOnly`.
  public static func create(at path: String) throws(BackendError) -> BlockDeviceBackend {
    let volume = try Volume(at: path)
    let creation = try volume.takeDevice()
    try volume.changing { (journal) throws(BackendError) in
      let isClaimed = try BackendError.mapping("can't lock \(volume.path)") { () throws(FileSystemError) in
        try creation.storage.claim(creationClaim)
      }
      let catalogue = try volume.known { (view) throws(BackendError) in view.catalogue }
      if catalogue.entry(of: .config) != nil {
        throw BackendError(code: .repositoryExists, message: "there is a repository on \(volume.path) already")
      }
      if let other = catalogue.areas.values.lazy.flatMap(\.keys).first(where: { $0.area != .keys }) {
        throw BackendError(code: .notEmpty, message: "\(volume.path) is not empty: it holds \(other)")
      }
      guard isClaimed else {
        throw BackendError(code: .inUse, message: "somebody else is making a repository on \(volume.path)")
      }
      let keys = catalogue.areas[.keys, default: [:]].keys.map(VolumeChange.remove)
      var uploads: [VolumeChange] = []
      for (id, staged) in catalogue.staged { uploads.append(try volume.isHeld(staged) ? .abandon(id) : .unstage(id)) }
      try journal.append(keys + uploads, to: volume)
      // A key slot that came back would be damage to the new repository.
      try journal.flush(volume)
    }
    return BlockDeviceBackend(volume, creation: creation)
  }

  /// The byte that whoever makes a repository claims; those of uploads are in their extents.
  private static let creationClaim: UInt64 = 1

  /// How an object is called in messages.
  func describe(_ name: ObjectName) -> String { "\(name) on \(volume.path)" }

  func missing(_ name: ObjectName) -> BackendError {
    BackendError(code: .notFound, message: "there is no \(describe(name))", object: name)
  }
}
