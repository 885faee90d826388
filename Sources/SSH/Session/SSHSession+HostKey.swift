import CSSH2

extension SSHSession {
  /// Asks for keys of the kinds that the host is known by first, so that a host with several kinds of key shows one that can
  /// be recognized.
  func preferKeyTypes(_ known: [String]) {
    guard !known.isEmpty else { return }
    let supported = supportedMethods(LIBSSH2_METHOD_HOSTKEY)
    guard !supported.isEmpty else { return }
    let preferred = known.flatMap { type in
      // One kind of key, three kinds of signature.
      (type == "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256", type] : [type]).filter(supported.contains)
    }
    let methods = preferred + supported.filter { !preferred.contains($0) }
    _ = libssh2_session_method_pref(handle, LIBSSH2_METHOD_HOSTKEY, methods.joined(separator: ","))
  }

  /// What libssh2 can do of a kind, such as ciphers.
  func supportedMethods(_ kind: CInt) -> [String] {
    var list: UnsafeMutablePointer<UnsafePointer<CChar>?>?
    let count = libssh2_session_supported_algs(handle, kind, &list)
    guard count > 0, let list else { return [] }
    defer { libssh2_free(handle, list) }
    return (0..<Int(count)).compactMap { list[$0].map { String(cString: $0) } }
  }

  /// - Throws: unless the server has shown a key that is known to be the host's.
  func checkHostKey(against known: KnownHosts) throws(SSHError) {
    var count = 0
    var type: CInt = 0
    guard let start = libssh2_session_hostkey(handle, &count, &type), (1...(64 << 10)).contains(count),
      let key = HostKey(blob: Array(UnsafeRawBufferPointer(start: start, count: count)))
    else { throw SSHError(.protocolViolation, "\(host) has shown no key") }
    let name = KnownHosts.name(of: host.knownName, port: host.knownPort)
    let shown = "its \(key.type) key has the fingerprint \(key.fingerprint)"
    switch known.verdict(on: key, of: host.knownName, port: host.knownPort) {
    case .trusted: return
    case .revoked(let place):
      throw SSHError(.hostKeyRevoked, "\(host) shows a key that was revoked (\(place)): \(shown)")
    case .changed(let place):
      throw SSHError(
        .hostKeyChanged,
        "\(host) shows another key than it is known by (\(place)): \(shown). Either it was set up anew, or somebody is in between; only if you know that it was, "
          + "remove the old key with: ssh-keygen -R '\(name)' -f '\(place.file)'")
    case .unknown(let others, let isCertified):
      let others = others.isEmpty ? "" : " (known are only its keys of other kinds: \(others.joined(separator: ", ")))"
      let authority = isCertified ? " (only who certifies it is known, and certificates are not supported here)" : ""
      let accepting = host.knownHostsFiles.first.map { "accept it with: echo '\(name) \(key.text)' >>'\($0)'" }
      throw SSHError(
        .hostKeyUnknown,
        "\(host) is not known\(others)\(authority): \(shown). If that is the server's own (there: ssh-keygen -lf /etc/ssh/ssh_host_…_key.pub), "
          + (accepting ?? "the ssh configuration names no file of known hosts to write it into"))
    }
  }
}
