import FileSystem

/// Looks before each change of a repository whether its path still leads to the directory that was opened.
///
/// A disk may be unmounted, or another mounted over it, while a backup runs: what is written by then to the open directories
/// would be on the disk that went away, or under what hides it, and nobody would find it.
public struct VolumeGuard: Sendable {
  private let path: PathBytes
  private let opened: FileStatus
  private let volume: MountedVolume
  /// Why nothing may be written, if that is known already.
  private let refusal: String?

  /// - Parameters:
  ///   - path: the path that the backend was opened by.
  ///   - refusal: why nothing may be written there at all; reading is always possible.
  /// - Throws: `.volumeUnavailable` if the path leads elsewhere by now.
  public init(
    of backend: LocalBackend, at path: String, on volume: MountedVolume, refusal: String? = nil
  ) throws(BackendError) {
    self.path = try LocalBackend.place(path)
    self.volume = volume
    self.refusal = refusal
    opened = try LocalBackend.mapping("can't look at \(path)") { () throws(FileSystemError) in
      try backend.root.status()
    }
    try compare()
  }

  /// Throws `.volumeUnavailable` if nothing may be written.
  @Sendable public func check(_ change: GuardedBackend.Change) throws(BackendError) {
    if let refusal { throw BackendError(code: .volumeUnavailable, message: refusal) }
    try compare()
  }

  private func compare() throws(BackendError) {
    let now = try Self.status(path, volume)
    guard now.identity == opened.identity, now.isOnMount(of: opened) else {
      throw BackendError(
        code: .volumeUnavailable,
        message:
          "\(path.escaped) is no longer on the volume \(volume.identity): it was unmounted, or something else is "
          + "mounted over it")
    }
  }

  private static func status(_ path: PathBytes, _ volume: MountedVolume) throws(BackendError) -> FileStatus {
    do {
      return try Directory(at: path).status()
    } catch {
      throw BackendError(
        code: .volumeUnavailable,
        message: "\(path.escaped) is not there any more; it was on the volume \(volume.identity)", cause: error)
    }
  }
}
