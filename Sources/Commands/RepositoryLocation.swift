import Backend
import Format
import SSH

/// The place that `-r` names.
enum RepositoryLocation: Sendable, Equatable {
  /// A directory of this machine.
  case directory(String)
  /// A directory of a volume, wherever that is mounted.
  case volume(String, path: String)
  /// A directory of another one.
  case sftp(SSHAddress, path: String)
  /// A volume on a block device of this machine, or on an image of one.
  case blockDevice(String)

  static let variable = "FIRN_REPOSITORY"

  /// The place that the option names, or FIRN_REPOSITORY.
  /// - Throws: a usage error when neither is given, or when the place is of a kind that can't be used.
  init(_ option: String?, environment: Environment) throws(CommandError) {
    let text = try Self.text(option, environment: environment)
    switch Self.scheme(of: text)?.lowercased() {
    case nil: self = .directory(text)
    case "sftp"?: self = try Self.sftp(text)
    case "volume"?: self = try Self.volume(text)
    case "blockdev"?: self = .blockDevice(try Self.devicePath(text))
    case let scheme?:
      throw CommandError(
        .usage,
        "\"\(scheme):\" repositories are not supported; for a directory of that name write ./ before it")
    }
  }

  /// The place as it was given, by the option or by FIRN_REPOSITORY.
  static func text(_ option: String?, environment: Environment) throws(CommandError) -> String {
    let text = if let option { option } else { try environment.text(variable) }
    guard let text, !text.isEmpty else {
      throw CommandError(.usage, "no repository given: use -r PLACE or set \(variable)")
    }
    return text
  }

  /// What is before a colon, if it could be a scheme: two characters or more, and no slash.
  private static func scheme(of text: String) -> String? {
    guard let colon = text.firstIndex(of: ":") else { return nil }
    let scheme = text[..<colon]
    let isScheme =
      scheme.count >= 2 && scheme.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+.-".contains($0)) }
    return isScheme && scheme.first?.isLetter == true ? String(scheme) : nil
  }

  /// Where the directory is, if it is one of this machine.
  func localPath() throws -> String? {
    switch self {
    case .directory(let path): path
    case .volume(let name, let path): try VolumeDirectory(volume: name, path: path).path
    case .sftp, .blockDevice: nil
    }
  }

  /// Opens the repository there; `settings` are for what is on a server.
  func open(
    _ context: CommandContext, _ settings: SFTPSettings, _ demands: VolumeDemands
  ) throws -> any Backend {
    try checkDemands(demands)
    let environment = context.environment
    return switch self {
    case .directory(let path): try VolumeDirectory(path: path).open(demands, environment)
    case .volume(let name, let path): try VolumeDirectory(volume: name, path: path).open(demands, environment)
    case .sftp(let address, let path):
      try SFTPBackend.open(SFTPPlace(address, path: path, user: .process(environment)), settings: settings)
    case .blockDevice(let path): Self.telling(try BlockDeviceBackend.open(at: path), context.console)
    }
  }

  /// Refuses demands about a mounted volume where there can be none.
  private func checkDemands(_ demands: VolumeDemands) throws(CommandError) {
    switch self {
    case .directory, .volume: return
    case .sftp, .blockDevice:
      guard !demands.requiresMount, !demands.acceptsVolume else {
        throw CommandError(.usage, "--require-mount and --accept-volume are for directories of this machine")
      }
    }
  }

  /// Makes the layout of a repository there.
  func create(
    _ context: CommandContext, _ settings: SFTPSettings, _ demands: VolumeDemands
  ) throws -> NewPlace {
    try checkDemands(demands)
    let environment = context.environment
    return switch self {
    case .directory(let path): try VolumeDirectory(path: path).create(demands, environment)
    case .volume(let name, let path): try VolumeDirectory(volume: name, path: path).create(demands, environment)
    case .sftp(let address, let path):
      NewPlace(
        backend: try SFTPBackend.create(
          SFTPPlace(address, path: path, user: .process(environment)), settings: settings))
    case .blockDevice(let path):
      NewPlace(backend: Self.telling(try BlockDeviceBackend.create(at: path), context.console))
    }
  }
}

/// A place that is laid out for a repository, which is not made yet.
struct NewPlace {
  let backend: any Backend
  /// What tells the file system from others, if it matters.
  var filesystem: String?
  /// Has this machine remember which repository was made there, if that matters.
  var remember: (RepositoryUUID) throws -> Void = { _ in }
}
