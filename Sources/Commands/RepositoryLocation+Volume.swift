import ArgumentParser
import Backend
import Format

/// How much a command relies on the volume that a repository is on.
struct VolumeDemands {
  /// Some volume must be mounted at the directory or above it.
  var requiresMount = false
  /// Another volume or repository than the one that is known there is taken for the right one.
  var acceptsVolume = false
}

struct VolumeOptions: ParsableArguments {
  @Flag(
    help: """
      Write to the repository's directory only if a volume is mounted there or above it, and always the same one; remembered for \
      this directory.
      """)
  var requireMount = false

  @Flag(
    help: "Accept that the repository, or another one, is on another volume than before; remembered for this place.")
  var acceptVolume = false

  var demands: VolumeDemands { VolumeDemands(requiresMount: requireMount, acceptsVolume: acceptVolume) }
}

extension RepositoryLocation {
  /// Reads `volume:NAME` and `volume:NAME:/PATH`; a name may have colons.
  static func volume(_ text: String) throws(CommandError) -> RepositoryLocation {
    let rest = text.dropFirst("volume:".count)
    let colon = rest.indices.first { rest[$0...].hasPrefix(":/") }
    let name = rest[..<(colon ?? rest.endIndex)]
    guard !name.isEmpty, !name.contains("/") else {
      throw CommandError(
        .usage, "\(Terminal.escaped(text.utf8)) is no place on a volume: write volume:LABEL-OR-UUID:/PATH")
    }
    return .volume(String(name), path: colon.map { String(rest[rest.index(after: $0)...]) } ?? "/")
  }
}

/// A directory of this machine for a repository, of which it may matter which volume it is on.
struct VolumeDirectory {
  /// The directory's path at present.
  let path: String
  /// The place for people and for caches, where that is not the path.
  private let location: String?
  /// By what this machine remembers the place.
  private let place: [UInt8]
  /// Whether the user named a volume.
  private let isNamed: Bool

  /// A directory by its path.
  init(path: String) throws(CommandError) {
    self.path = path
    location = nil
    // So that a slash too many makes no other place.
    place = try absolutePath(Array(path.utf8)).split(separator: UInt8(ascii: "/")).filter {
      !$0.elementsEqual(".".utf8)
    }
    .reduce(into: []) { $0 += [UInt8(ascii: "/")] + $1 }
    isNamed = false
  }

  /// A directory by its path on a volume.
  /// - Throws: `.volumeUnavailable` unless exactly one volume of that name is mounted.
  init(volume name: String, path: String) throws(BackendError) {
    let volume = try MountedVolume.named(name)
    self.path = (volume.mountPoint == "/" ? "" : volume.mountPoint) + path
    location = "volume:\(volume.identity):\(path)"
    place = Array("volume:\(name):\(path)".utf8)
    isNamed = true
  }

  /// Opens the repository. Where it matters on which volume it is, nothing is written to it on another one.
  func open(_ demands: VolumeDemands, _ environment: Environment) throws -> any Backend {
    let known = try KnownPlace.find(place, environment)
    let backend: LocalBackend
    do {
      backend = try LocalBackend.open(at: path)
    } catch {
      if error.code == .repositoryMissing { _ = try expectedVolume(demands, known) }
      throw error
    }
    // What can't be understood is for who opens the repository to report.
    let config = (try? backend.getWhole(.config, limit: Limits.configurationLength))
      .flatMap { try? RepositoryConfiguration.decode($0).configuration }
    guard let config, isNamed || demands.requiresMount || known != nil || config.filesystem != nil else {
      return backend
    }
    let volume = try mountedVolume(demands)
    var refusal = refusal(config, volume, known)
    if demands.acceptsVolume { refusal = nil }
    let isNew = known == nil && (isNamed || demands.requiresMount)
    if refusal == nil, isNew || demands.acceptsVolume {
      try KnownPlace(repository: config.repository.hex, filesystem: volume.identity).remember(place, environment)
    }
    let guarding = try VolumeGuard(of: path, on: volume, refusal: refusal)
    return GuardedBackend(backend, location: location, check: guarding.check)
  }

  /// Makes the layout of a repository.
  func create(_ demands: VolumeDemands, _ environment: Environment) throws -> NewPlace {
    let volume = try expectedVolume(demands, try KnownPlace.find(place, environment))
    let backend = try LocalBackend.create(at: path)
    guard let volume else { return NewPlace(backend: backend) }
    let guarding = try VolumeGuard(of: path, on: volume, refusal: nil)
    return NewPlace(
      backend: GuardedBackend(backend, location: location, check: guarding.check), filesystem: volume.identity
    ) { repository in
      try KnownPlace(repository: repository.hex, filesystem: volume.identity).remember(place, environment)
    }
  }

  /// The volume on which a repository is to be, if that matters and it is there.
  private func expectedVolume(_ demands: VolumeDemands, _ known: KnownPlace?) throws(BackendError) -> MountedVolume? {
    guard isNamed || demands.requiresMount || known != nil else { return nil }
    let volume = try mountedVolume(demands)
    guard let known, known.filesystem != volume.identity, !demands.acceptsVolume else { return volume }
    throw BackendError(
      code: .volumeUnavailable,
      message:
        "the volume \(known.filesystem), which has the repository \(known.repository.prefix(8)), is not mounted there: "
        + "\(path) is on \(volume.identity)")
  }

  private func mountedVolume(_ demands: VolumeDemands) throws(BackendError) -> MountedVolume {
    let volume = try MountedVolume.holding(path)
    guard demands.requiresMount, volume.isRoot else { return volume }
    throw BackendError(
      code: .volumeUnavailable, message: "no volume is mounted at \(path) or above it: it is on the machine's root")
  }

  /// Why nothing may be written, if there is a reason.
  private func refusal(
    _ config: RepositoryConfiguration, _ volume: MountedVolume, _ known: KnownPlace?
  ) -> String? {
    if let known, known.repository != config.repository.hex {
      return
        "the repository at \(path) is \(config.repository.hex.prefix(8)), and \(known.repository.prefix(8)) belongs there"
    }
    guard let expected = known?.filesystem ?? config.filesystem, expected != volume.identity else { return nil }
    return "\(path) is on the volume \(volume.identity), and the repository belongs on \(expected)"
  }
}
