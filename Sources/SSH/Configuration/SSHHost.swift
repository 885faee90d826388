import Glibc

/// Where to connect and how: an address with what the user's configuration makes of it.
public struct SSHHost: Sendable {
  /// The name or number to connect to.
  public let name: String
  /// The port to connect to.
  public let port: UInt16
  /// The user to be there.
  public let user: String
  /// How long is waited for it.
  public var timeouts: SSHTimeouts

  /// What known_hosts files call the host.
  let knownName: String
  /// The port that they call it with.
  let knownPort: UInt16
  let knownHostsFiles: [String]
  /// Whether the configuration names the key files; if not, those are tried that exist.
  let hasOwnIdentities: Bool
  let identityFiles: [String]
  /// Whether only keys of those files are offered, even if an agent has more.
  let hasOnlyIdentities: Bool
  let agentSocket: String?
  /// Whether the configuration has blocks that may be about the host and were passed over.
  let hasUnreadBlocks: Bool

  /// Looks an address up in `~/.ssh/config` and `/etc/ssh/ssh_config`.
  ///
  /// - Throws: `.configuration` if what is there can't be done.
  public init(_ address: SSHAddress, for user: SSHUser) throws(SSHError) {
    var configuration = ClientConfiguration()
    for path in ["\(user.home)/.ssh/config", "/etc/ssh/ssh_config"] {
      guard let text = TextFile.contents(of: path) else { continue }
      let directory = String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
      configuration.read(text, host: address.host) { pattern in
        let pattern = user.expandingHome(pattern)
        return TextFile.contents(matching: pattern.hasPrefix("/") ? pattern : "\(directory)/\(pattern)")
      }
    }
    try self.init(address, configuration, for: user)
  }

  init(_ address: SSHAddress, _ configuration: ClientConfiguration, for user: SSHUser) throws(SSHError) {
    let refused = [
      ("proxycommand", "forward a port with ssh -L instead"), ("proxyjump", "forward a port with ssh -L instead"),
      ("revokedhostkeys", "write @revoked lines into known_hosts instead"),
    ]
    for (option, advice) in refused {
      if let value = configuration[option], value.lowercased() != "none" {
        throw SSHError(
          .configuration,
          "the ssh configuration of \(address.host) has a \(option), which is not supported; \(advice)")
      }
    }
    var tokens: [Character: String] = ["h": address.host, "n": address.host, "%": "%"]
    name = Self.expand(configuration["hostname"] ?? address.host, tokens)
    if let port = address.port {
      self.port = port
    } else if let text = configuration["port"] {
      guard let port = UInt16(text), port > 0 else {
        throw SSHError(.configuration, "the ssh configuration of \(address.host) has the port \(text.debugDescription)")
      }
      self.port = port
    } else {
      port = KnownHosts.defaultPort
    }
    self.user = address.user ?? configuration["user"] ?? user.name
    timeouts = try SSHTimeouts(configuration, of: address.host)
    knownName = configuration["hostkeyalias"] ?? name
    // An alias stands for the one server, whatever its port.
    knownPort = configuration["hostkeyalias"] == nil ? port : KnownHosts.defaultPort
    tokens.merge(["h": name, "p": "\(port)", "r": self.user, "u": user.name, "d": user.home]) { $1 }
    let expand = { (path: String) in user.expandingHome(Self.expand(path, tokens)) }
    let files =
      (configuration.words(of: "userknownhostsfile") ?? ["~/.ssh/known_hosts", "~/.ssh/known_hosts2"]).map(expand)
      + (configuration.words(of: "globalknownhostsfile") ?? ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"])
      .map(expand)
    knownHostsFiles = files.filter { $0.lowercased() != "none" }
    hasOwnIdentities = !configuration.identities.isEmpty
    identityFiles =
      hasOwnIdentities
      ? configuration.identities.filter { $0.lowercased() != "none" }.map(expand)
      : ["id_ed25519", "id_ecdsa", "id_rsa"].map { "\(user.home)/.ssh/\($0)" }
    hasUnreadBlocks = configuration.hasUnreadBlocks
    hasOnlyIdentities = configuration["identitiesonly"]?.lowercased() == "yes"
    agentSocket =
      switch configuration["identityagent"] {
      case nil, "SSH_AUTH_SOCK"?: user.agentSocket
      case let path? where path.lowercased() == "none": nil
      case let path?: expand(path)
      }
  }

  /// The text with `%h` and the like replaced; what is unknown stays as it is.
  private static func expand(_ text: String, _ tokens: [Character: String]) -> String {
    var result = ""
    var rest = text[...]
    while let percent = rest.firstIndex(of: "%") {
      result += rest[..<percent]
      rest = rest[rest.index(after: percent)...]
      guard let letter = rest.popFirst() else { return result + "%" }
      result += tokens[letter] ?? "%\(letter)"
    }
    return result + rest
  }
}

extension SSHHost: CustomStringConvertible {
  /// The host and port, for messages.
  public var description: String { port == KnownHosts.defaultPort ? name : "\(name) port \(port)" }
}

/// Small files of the user's and the system's, which may be there or not.
enum TextFile {
  // Configuration files are small; what is longer is none.
  private static let limit = 16 << 20

  /// What is in a file; nil if there is none.
  ///
  /// - Throws: `.configuration` if it can't be read.
  static func contentsIfPresent(of path: String) throws(SSHError) -> String? {
    if let text = contents(of: path) { return text }
    if access(path, F_OK) != 0, errno == ENOENT || errno == ENOTDIR { return nil }
    throw SSHError(.configuration, "can't read \(path)")
  }

  /// What is in a file; nil if it can't be read.
  static func contents(of path: String) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 16 << 10)
    while bytes.count <= limit {
      let count = read(file, &block, block.count)
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      guard count > 0 else { return nil }
      bytes += block[..<count]
    }
    return nil
  }

  /// What is in each file that a shell's pattern names.
  static func contents(matching pattern: String) -> [String] {
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(pattern, 0, nil, &found) == 0 else { return [] }
    return (0..<Int(found.gl_pathc)).compactMap { index in
      found.gl_pathv[index].flatMap { contents(of: String(cString: $0)) }
    }
  }
}
