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
  /// The volume that the user named.
  private let named: MountedVolume?

  /// A directory by its path.
  init(path: String) throws(CommandError) {
    self.path = path
    location = nil
    // So that a slash too many makes no other place.
    place = try absolutePath(Array(path.utf8)).split(separator: UInt8(ascii: "/")).filter {
      !$0.elementsEqual(".".utf8)
    }
    .reduce(into: []) { $0 += [UInt8(ascii: "/")] + $1 }
    named = nil
  }

  /// A directory by its path on a volume.
  /// - Throws: `.volumeUnavailable` unless exactly one volume of that name is mounted.
  init(volume name: String, path: String) throws(BackendError) {
    let volume = try MountedVolume.named(name)
    self.path = (volume.mountPoint == "/" ? "" : volume.mountPoint) + path
    location = "volume:\(volume.identity):\(path)"
    place = Array("volume:\(name):\(path)".utf8)
    named = volume
  }

  /// Opens the repository. Where it matters on which volume it is, nothing is written to it on another one.
  func open(_ demands: VolumeDemands, _ environment: Environment) throws -> any Backend {
    let known = Result { () throws(CommandError) in try KnownPlace.find(place, environment) }
    let backend: LocalBackend
    do {
      backend = try LocalBackend.open(at: path)
    } catch {
      if error.code == .repositoryMissing { _ = try expectedVolume(demands, try known.get()) }
      throw error
    }
    let bytes = try backend.getWhole(.config, limit: Limits.configurationLength)
    // What can't be understood is for who opens the repository to report.
    let config = (try? RepositoryConfiguration.decode(bytes))?.configuration
    guard let config, matters(demands) || (try? known.get()) != .some(nil) || config.filesystem != nil else {
      return backend
    }
    let volume = try demanded(try backend.volume(), demands)
    if demands.acceptsVolume {
      try KnownPlace(repository: config.repository.hex, filesystem: volume.identity).remember(place, environment)
      return try guarded(backend, on: volume)
    }
    let refusal = refusal(config, volume, known)
    if refusal == nil, matters(demands), (try? known.get()) == .some(nil) {
      // Who can't remember it is none the worse this time.
      try? KnownPlace(repository: config.repository.hex, filesystem: volume.identity).remember(place, environment)
    }
    return try guarded(backend, on: volume, refusal: refusal)
  }

  /// Makes the layout of a repository.
  func create(_ demands: VolumeDemands, _ environment: Environment) throws -> NewPlace {
    let expected = try expectedVolume(demands, try KnownPlace.find(place, environment))
    let backend = try LocalBackend.create(at: path)
    guard let expected else { return NewPlace(backend: backend) }
    let volume = try backend.volume()
    guard volume.identity == expected.identity else {
      throw BackendError(
        code: .volumeUnavailable, message: "\(path) is on \(volume.identity) now, and was on \(expected.identity)")
    }
    return NewPlace(backend: try guarded(backend, on: volume), filesystem: volume.identity) { repository in
      try KnownPlace(repository: repository.hex, filesystem: volume.identity).remember(place, environment)
    }
  }

  /// Whether the user wants a volume to be the right one.
  private func matters(_ demands: VolumeDemands) -> Bool { named != nil || demands.requiresMount }

  private func guarded(
    _ backend: LocalBackend, on volume: MountedVolume, refusal: String? = nil
  ) throws(BackendError) -> any Backend {
    let guarding = try VolumeGuard(of: backend, at: path, on: volume, refusal: refusal)
    return GuardedBackend(backend, location: location, check: guarding.check)
  }

  /// The volume on which a repository is to be, if that matters and it is there.
  private func expectedVolume(_ demands: VolumeDemands, _ known: KnownPlace?) throws(BackendError) -> MountedVolume? {
    guard matters(demands) || known != nil else { return nil }
    let volume = try demanded(try MountedVolume.holding(path), demands)
    guard let known, known.filesystem != volume.identity, !demands.acceptsVolume else { return volume }
    throw BackendError(
      code: .volumeUnavailable,
      message:
        "the volume \(known.filesystem), which has the repository \(known.repository.prefix(8)), is not mounted there: "
        + "\(path) is on \(volume.identity)")
  }

  /// The volume that the directory is on, if it may be on that.
  private func demanded(_ volume: MountedVolume, _ demands: VolumeDemands) throws(BackendError) -> MountedVolume {
    if let named, named.identity != volume.identity {
      throw BackendError(
        code: .volumeUnavailable, message: "\(path) leads from the volume \(named.identity) to \(volume.identity)")
    }
    guard demands.requiresMount, volume.isRoot else { return volume }
    throw BackendError(
      code: .volumeUnavailable, message: "no volume is mounted at \(path) or above it: it is on the machine's root")
  }

  /// Why nothing may be written, if there is a reason.
  private func refusal(
    _ config: RepositoryConfiguration, _ volume: MountedVolume, _ known: Result<KnownPlace?, CommandError>
  ) -> String? {
    let remembered: KnownPlace?
    switch known {
    case .success(let known): remembered = known
    case .failure(let error): return "what belongs at \(path) can't be told: \(error)"
    }
    if let known = remembered, known.repository != config.repository.hex {
      return
        "the repository at \(path) is \(config.repository.hex.prefix(8)), and \(known.repository.prefix(8)) belongs there"
    }
    guard let expected = remembered?.filesystem ?? config.filesystem, expected != volume.identity else { return nil }
    return "\(path) is on the volume \(volume.identity), and the repository belongs on \(expected)"
  }
}
