import Backend

extension RepositoryLocation {
  /// The backend, after what is wrong with its volume was said.
  static func telling(_ backend: BlockDeviceBackend, _ console: Console) -> BlockDeviceBackend {
    if let warning = backend.warning { console.warning(warning) }
    return backend
  }

  /// The path in `blockdev:PATH`, or of what is said without the scheme where nothing else could be meant.
  static func devicePath(_ text: String) throws(CommandError) -> String {
    let scheme = "blockdev:"
    let path = text.lowercased().hasPrefix(scheme) ? String(text.dropFirst(scheme.count)) : text
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw CommandError(
        .usage, "\(Terminal.escaped(text.utf8)) is no device: write blockdev:/dev/disk/by-id/NAME or blockdev:IMAGE")
    }
    return path
  }

  /// The device or image, if it is one of this machine.
  var devicePath: String? {
    if case .blockDevice(let path) = self { path } else { nil }
  }
}
