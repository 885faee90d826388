import SSH

extension RepositoryLocation {
  /// Reads `sftp://user@host:port/path`, whose path is absolute unless it begins with `/~/`, or `sftp:user@host:path`, whose
  /// path begins in the user's directory unless it is absolute.
  static func sftp(_ text: String) throws(CommandError) -> RepositoryLocation {
    let rest = text[text.index(text.startIndex, offsetBy: "sftp:".count)...]
    // What may hold a password is not repeated, as it would come to stand in logs.
    let isSecret = rest.lastIndex(of: "@").map { rest[..<$0].contains(":") } ?? false
    let shown = isSecret ? "what was given" : Terminal.escaped(text.utf8)
    guard !hasPassword(rest) else {
      throw CommandError(
        .usage,
        "the place has a password in it, which is not used: leave it out, and it is asked for on a terminal; or use a key"
      )
    }
    do throws(SSHError) {
      let found = try rest.hasPrefix("//") ? url(rest.dropFirst(2)) : short(rest)
      if let (address, path) = found, !path.isEmpty { return .sftp(address, path: path) }
    } catch {
      throw CommandError(.usage, "\(shown) is no place", cause: error)
    }
    throw CommandError(
      .usage,
      "\(shown) is no place on a server: write sftp://USER@HOST:PORT/PATH or sftp:USER@HOST:PATH")
  }

  /// Whether a colon is in what should be the user's name. The short form has a colon after the host, too.
  private static func hasPassword(_ text: Substring) -> Bool {
    let isURL = text.hasPrefix("//")
    let authority = text.dropFirst(isURL ? 2 : 0).prefix { $0 != "/" }
    guard let at = authority.lastIndex(of: "@") else { return false }
    let user = authority[..<at]
    return user.contains(":") && (isURL || authority[at...].contains(":"))
  }

  private static func url(_ text: Substring) throws(SSHError) -> (SSHAddress, path: String)? {
    guard let slash = text.firstIndex(of: "/"), let path = unescaped(text[slash...]) else { return nil }
    var (user, host) = parts(text[..<slash])
    var port: UInt16?
    if let end = host.lastIndex(of: ":"), !host.hasSuffix("]") {
      guard let number = UInt16(host[host.index(after: end)...]), number > 0 else { return nil }
      port = number
      host = host[..<end]
    }
    guard let name = bare(host), let user = user.map(unescaped) ?? .some(nil) else { return nil }
    let address = try SSHAddress(host: name, port: port, user: user)
    return (address, path.hasPrefix("/~/") ? String(path.dropFirst(3)) : path)
  }

  private static func short(_ text: Substring) throws(SSHError) -> (SSHAddress, path: String)? {
    let user = parts(text[..<(text.firstIndex(of: ":") ?? text.startIndex)]).user
    let hostStart = user.map { text.index(after: $0.endIndex) } ?? text.startIndex
    let rest = text[hostStart...]
    // The colons of a number in brackets are its own.
    let searched = rest.hasPrefix("[") ? rest[(rest.firstIndex(of: "]") ?? hostStart)...] : rest
    guard let colon = searched.firstIndex(of: ":"), let host = bare(text[hostStart..<colon]) else { return nil }
    let path = text[text.index(after: colon)...]
    return (
      try SSHAddress(host: host, user: user.map(String.init)), String(path.hasPrefix("~/") ? path.dropFirst(2) : path)
    )
  }

  private static func parts(_ authority: Substring) -> (user: Substring?, host: Substring) {
    guard let at = authority.lastIndex(of: "@") else { return (nil, authority) }
    return (authority[..<at], authority[authority.index(after: at)...])
  }

  /// A host without the brackets that numbers with colons have.
  private static func bare(_ host: Substring) -> String? {
    if host.hasPrefix("["), host.hasSuffix("]") { return String(host.dropFirst().dropLast()) }
    return host.isEmpty || host.contains(":") ? nil : String(host)
  }

  /// The text with each `%` and two digits replaced; nil if that makes no text.
  private static func unescaped(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      // No path and no name has a NUL.
      guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16), value > 0
      else {
        return nil
      }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
