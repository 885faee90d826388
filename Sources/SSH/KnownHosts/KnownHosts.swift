/// What is known about the keys of hosts, from all files that say something. Strict: what is not known is not trusted.
struct KnownHosts {
  /// What is known about one key of one host.
  enum Verdict: Equatable {
    case trusted
    /// The line that revokes it.
    case revoked(place: KnownHostsEntry.Place)
    /// The host has another key of this kind, in this line.
    case changed(place: KnownHostsEntry.Place)
    /// The host has only keys of other kinds, or none; perhaps it is said who certifies them.
    case unknown(others: [String], isCertified: Bool)
  }

  static let defaultPort: UInt16 = 22

  private let entries: [KnownHostsEntry]

  init(_ files: [KnownHostsFile]) { entries = files.flatMap(\.entries) }

  /// How known_hosts names a host that listens on a port.
  static func name(of host: String, port: UInt16) -> String {
    port == defaultPort ? host.lowercased() : "[\(host.lowercased())]:\(port)"
  }

  /// Whether the key may be trusted to be the host's.
  func verdict(on key: HostKey, of host: String, port: UInt16) -> Verdict {
    let verdict = verdict(on: key, name: Self.name(of: host, port: port))
    guard case .unknown = verdict, port != Self.defaultPort else { return verdict }
    // A key that the host is known by without a port is its own on every port; another one there says nothing.
    switch self.verdict(on: key, name: host.lowercased()) {
    case .trusted: return .trusted
    case .revoked(let place): return .revoked(place: place)
    case .changed, .unknown: return verdict
    }
  }

  private func verdict(on key: HostKey, name: String) -> Verdict {
    let about = entries.filter { $0.isAbout(name) }
    if let revoked = about.first(where: { $0.marker == .revoked && $0.key == key }) {
      return .revoked(place: revoked.place)
    }
    let trusted = about.filter { $0.marker == .trusted }
    if trusted.contains(where: { $0.key == key }) { return .trusted }
    if let other = trusted.first(where: { $0.key.type == key.type }) { return .changed(place: other.place) }
    return .unknown(
      others: trusted.map(\.key.type), isCertified: about.contains { $0.marker == .authority })
  }

  /// The kinds of key that the host is known by: those to ask it for.
  func keyTypes(of host: String, port: UInt16) -> [String] {
    let names = Set([Self.name(of: host, port: port), host.lowercased()])
    var types: [String] = []
    for entry in entries where entry.marker == .trusted && names.contains(where: entry.isAbout) {
      if !types.contains(entry.key.type) { types.append(entry.key.type) }
    }
    return types
  }
}
