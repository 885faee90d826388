import Cryptography
import FoundationEssentials

/// One line of a known_hosts file.
struct KnownHostsEntry: Hashable {
  /// What a line means.
  enum Marker: Hashable {
    case trusted, revoked, authority
  }

  /// Where a line stands.
  struct Place: Hashable, CustomStringConvertible {
    let file: String
    let line: Int

    var description: String { "\(file):\(line)" }
  }

  /// Which hosts a line is about.
  enum Hosts: Hashable {
    case patterns(HostPatternList)
    /// HMAC-SHA1 of the name under a salt.
    case hashed(salt: [UInt8], digest: [UInt8])
  }

  let marker: Marker
  let hosts: Hosts
  let key: HostKey
  let place: Place

  /// Whether the line is about a host, in the form that known_hosts has for it.
  func isAbout(_ name: String) -> Bool {
    switch hosts {
    case .patterns(let patterns): patterns.matches(name)
    case .hashed(let salt, let digest): HMACSHA1.authenticate(Array(name.lowercased().utf8), key: salt) == digest
    }
  }
}

/// What a known_hosts file says. Lines that can't be read are passed over. Those of certificate authorities make no key
/// known, as libssh2 knows no certificates: such a host is unknown until its own key is entered.
struct KnownHostsFile {
  let entries: [KnownHostsEntry]

  /// The lines of a file of this name.
  init(_ text: String, path: String) {
    entries = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { number, line in
      Self.entry(line, place: KnownHostsEntry.Place(file: path, line: number + 1))
    }
  }

  private static func entry(_ line: Substring, place: KnownHostsEntry.Place) -> KnownHostsEntry? {
    var words = line.split { $0 == " " || $0 == "\t" || $0 == "\r" }
    guard let first = words.first, !first.hasPrefix("#") else { return nil }
    var marker = KnownHostsEntry.Marker.trusted
    if first.hasPrefix("@") {
      switch first {
      case "@revoked": marker = .revoked
      case "@cert-authority": marker = .authority
      default: return nil
      }
      words.removeFirst()
    }
    guard words.count >= 3, let hosts = hosts(words[0]), let key = HostKey(type: words[1], base64: words[2])
    else { return nil }
    return KnownHostsEntry(marker: marker, hosts: hosts, key: key, place: place)
  }

  private static func hosts(_ field: Substring) -> KnownHostsEntry.Hosts? {
    guard field.hasPrefix("|") else { return .patterns(HostPatternList(field.split(separator: ","))) }
    let parts = field.split(separator: "|", omittingEmptySubsequences: false)
    guard parts.count == 4, parts[1] == "1", let salt = Data(base64Encoded: String(parts[2])),
      let digest = Data(base64Encoded: String(parts[3])), digest.count == HMACSHA1.byteCount
    else { return nil }
    return .hashed(salt: Array(salt), digest: Array(digest))
  }
}
