package import FileSystem
import Glibc
import Synchronization

/// A device, or an image of one, with a log of what is on it: names, and the extents that hold their bytes.
///
/// Any number of processes of one machine may have it open. Opening locks it for a moment, reading takes no lock. Whoever
/// changes something locks the device for that moment, brings its view up to date, decides, writes the change, flushes,
/// and unlocks.
package final class Volume: Sendable {
  /// The path of the device, without symbolic links.
  package let place: PathBytes
  /// What was wrong with a superblock when it was opened, in a sentence, and what to do about it.
  package let warning: String?
  /// Open for reading, through the kernel's cache.
  let storage: BlockStorage
  private let view: Mutex<VolumeView>
  private let journal: Mutex<VolumeJournal>
  /// What uploads write by, while none does.
  private let idleDevices = Mutex<[OpenDevice]>([])

  /// Opens the volume on a device.
  ///
  /// - Throws: `.volumeMissing` if there is no device or no volume on it, `.inUse`, `.damagedLayout`, `.notSupported`,
  ///   `.invalidName`, `.permissionDenied` or `.io`.
  package init(at path: String) throws(BackendError) {
    let place = try Self.canonical(path)
    let storage = try Self.open(place, for: .read)
    warning = try Self.locking(storage) { () throws(BackendError) in
      try Self.requireUnused(storage)
      return Self.warning(about: storage)
    }
    let view = try VolumeView(of: storage)
    self.place = place
    self.storage = storage
    self.view = Mutex(view)
    journal = Mutex(VolumeJournal())
  }

  /// The path for messages.
  var path: String { place.escaped }

  /// What the volume is called in messages and by caches: the same wherever it is attached.
  var location: String {
    let superblock = view.withLock { $0.superblock }
    return "volume \(superblock.uuid.text)" + (superblock.label.isEmpty ? "" : " (\(superblock.label))")
  }

  /// Lends what is known without looking whether it is still so.
  func known<Result: Sendable>(_ body: (inout VolumeView) throws(BackendError) -> Result) throws(BackendError) -> Result
  {
    try view.withLock { (view) throws(BackendError) in try body(&view) }
  }

  /// Lends what stands now.
  func current<Result: Sendable>(_ body: (inout VolumeView) throws(BackendError) -> Result) throws(BackendError)
    -> Result
  {
    try known { (view) throws(BackendError) in
      try view.refresh(storage)
      return try body(&view)
    }
  }

  /// Keeps everybody else, in this process and others, from changing anything while `body` looks at what stands and changes it.
  ///
  /// - Throws: `.volumeReplaced` if something else is on the device now, `.inUse`, `.readOnly`, `.permissionDenied`, `.noSpace`,
  ///   `.damagedLayout` or `.io`.
  func changing<Result: Sendable>(
    _ body: (inout VolumeJournal) throws(BackendError) -> Result
  ) throws(BackendError) -> Result {
    try journal.withLock { (journal) throws(BackendError) in
      let device = try journal.open(self)
      return try Self.locking(device.storage) { () throws(BackendError) in
        try Self.requireUnused(device.storage)
        try current { _ throws(BackendError) in }
        try journal.requireNotOverwritten(self)
        try journal.prepare(self)
        return try body(&journal)
      }
    }
  }

  /// Throws `.readOnly` or `.permissionDenied` where nothing can be changed.
  func requireWritable() throws(BackendError) {
    try journal.withLock { (journal) throws(BackendError) in _ = try journal.open(self) }
  }

  /// A device opened for an upload's own use: the kernel tells each who opened it once if writing failed, whoever's bytes it
  /// were.
  func takeDevice() throws(BackendError) -> OpenDevice {
    if let device = idleDevices.withLock({ $0.popLast() }) { return device }
    return OpenDevice(try openAgain(for: .readWrite))
  }

  /// Opens what `storage` has open, and nothing that has come to its path since.
  ///
  /// - Throws: `.volumeReplaced` if something has.
  func openAgain(for access: BlockStorage.Access) throws(BackendError) -> BlockStorage {
    let opened = try Self.open(place, for: access)
    guard opened.isSame(as: storage) else {
      throw BackendError(
        code: .volumeReplaced, message: "\(path) is no longer the device or image that was opened: it was replaced")
    }
    return opened
  }

  /// Takes it back, to be used again. One by which something has failed is not.
  func giveBack(_ device: OpenDevice) {
    idleDevices.withLock { $0.append(device) }
  }
}

/// A device that is opened, shared by those who use it; closed when the last one lets go.
final class OpenDevice: Sendable {
  let storage: BlockStorage

  init(_ storage: consuming BlockStorage) { self.storage = storage }
}

extension Volume {
  static func canonical(_ path: String) throws(BackendError) -> PathBytes {
    guard let resolved = realpath(path, nil) else {
      let reason = String(cString: strerror(errno))
      throw BackendError(
        code: errno == ENOENT || errno == ENOTDIR ? .volumeMissing : .io,
        message: "there is no device \(path): \(reason)")
    }
    defer { free(resolved) }
    guard let place = PathBytes(String(cString: resolved)) else { preconditionFailure("a path with a NUL") }
    return place
  }

  static func open(_ place: PathBytes, for access: BlockStorage.Access) throws(BackendError) -> BlockStorage {
    do {
      let storage = try BlockStorage(at: place, for: access)
      // It may be opened for writing all the same, and each write would fail as if the user had no right to it.
      if access == .read { return storage }
      if try !storage.isReadOnly() { return storage }
    } catch {
      var code = BackendError.Code(error)
      if error.code == .wrongType || error.code == .isDirectory { code = .invalidName }
      if error.code == .notFound { code = .volumeMissing }
      throw BackendError(code: code, message: "can't open the device \(place)", cause: error)
    }
    throw BackendError(code: .readOnly, message: "the device \(place) is read-only")
  }

  /// Everyone has it locked for moments, the longest of which move the log: who has it for longer doesn't go on.
  private static let lockPatience = Duration.seconds(60)

  /// Has the device locked while `body` runs.
  static func locking<Result>(
    _ storage: borrowing BlockStorage, _ body: () throws(BackendError) -> Result
  ) throws(BackendError) -> Result {
    do throws(FileSystemError) {
      try storage.lock(patience: lockPatience)
    } catch {
      guard error.code == .busy else {
        throw BackendError(code: .init(error), message: "can't lock \(storage.path)", cause: error)
      }
      throw BackendError(
        code: .inUse,
        message: "another process has had \(storage.path) locked for \(lockPatience.components.seconds) s; it may be "
          + "suspended",
        cause: error)
    }
    // Closing it or the end of the process would unlock it too.
    defer { try? storage.unlock() }
    return try body()
  }

  /// Refuses a device that has come into other use. For whoever has it locked: two who ask at once are in each other's way.
  static func requireUnused(_ storage: borrowing BlockStorage) throws(BackendError) {
    do throws(FileSystemError) {
      try storage.requireUnused()
    } catch {
      guard error.code == .busy else {
        throw BackendError(code: .init(error), message: "can't open the device \(storage.path)", cause: error)
      }
      throw BackendError(
        code: .inUse,
        message: storage.isDevice
          ? "\(storage.path) is in use by the system: it, or a part of it, is mounted, or belongs to a RAID, a "
            + "volume group or a swap area"
          : "\(storage.path) is in use by the system: a loop device has it",
        cause: error)
    }
  }
}
