import CSSH2

extension SSHSession {
  /// Logs the user in: with keys of an agent, with key files, and where somebody is there to ask, with a password.
  ///
  /// - Throws: `.authenticationFailed`, which says what was tried; `.timedOut`, `.disconnected`, `.cancelled`.
  func authenticate() throws(SSHError) {
    guard let offered = try methods() else { return }
    var rounds = LoginRounds(offered)
    var tried: [String] = []
    while true {
      let methods = rounds.methods
      if methods.contains("publickey") {
        if try authenticateWithAgent(&tried) { return }
        for path in host.identityFiles where try authenticate(withKeyIn: path, &tried) { return }
      }
      if methods.contains("keyboard-interactive"), try authenticateInteractively(&tried) { return }
      if methods.contains("password"), !prompter.isUnanswered, try authenticateWithPassword(&tried) { return }
      guard let next = try self.methods() else { return }
      guard rounds.goOn(to: next) else { break }
    }
    let what = tried.isEmpty ? "no key was found to try" : "tried were \(tried.joined(separator: "; "))"
    throw SSHError(
      .authenticationFailed,
      "\(host) does not let \(host.user) in: \(what). It accepts \(rounds.methods.joined(separator: ", ")); add an ed25519 or ECDSA key to its authorized_keys, "
        + "and name the key file with IdentityFile in ~/.ssh/config or load it into an agent")
  }

  /// The ways that the server offers; nil if it lets the user in as he is.
  private func methods() throws(SSHError) -> [String]? {
    var text: UnsafeMutablePointer<CChar>?
    let user = host.user
    let length = UInt32(user.utf8.count)
    try retrying("ask how to log in") {
      text = libssh2_userauth_list(handle, user, length)
      if text != nil || libssh2_userauth_authenticated(handle) != 0 { return 0 }
      let status = libssh2_session_last_errno(handle)
      return status == 0 ? LIBSSH2_ERROR_PROTO : status
    }
    return text.map { String(cString: $0).split(separator: ",").map(String.init) }
  }

  private func authenticateWithAgent(_ tried: inout [String]) throws(SSHError) -> Bool {
    guard let path = host.agentSocket, let agent = SSHAgent(self, path: path) else { return false }
    // Keys that the configuration names go first, as a server lets nobody try many; or they alone go.
    let named = host.hasOwnIdentities ? host.identityFiles.compactMap(Self.publicKey) : []
    let isNamed = { (identity: SSHAgent.Identity) in named.contains(identity.blob) }
    let others = host.hasOnlyIdentities ? [] : agent.identities.filter { !isNamed($0) }
    for identity in agent.identities.filter(isNamed) + others {
      if let refusal = Self.refusal(of: identity.type) {
        tried.append("the agent's key \(identity.comment), which is \(refusal)")
        continue
      }
      if try accepted({ agent.authenticate(as: host.user, with: identity) }) { return true }
      tried.append("the agent's \(identity.type) key \(identity.comment)")
    }
    return false
  }

  /// The public key, in the protocol's form, of a key file: as it is in it, or in the one of the same name with `.pub`.
  private static func publicKey(ofFile path: String) -> [UInt8]? {
    if let blob = TextFile.contents(of: path).flatMap(PrivateKeyFile.init)?.publicKey { return blob }
    for path in [path, path + ".pub"] {
      let words = TextFile.contents(of: path)?.split { $0 == " " || $0.isNewline } ?? []
      if words.count >= 2, let key = HostKey(type: words[0], base64: words[1]) { return key.blob }
    }
    return nil
  }

  private func authenticate(withKeyIn path: String, _ tried: inout [String]) throws(SSHError) -> Bool {
    guard let text = TextFile.contents(of: path) else {
      if host.hasOwnIdentities { tried.append("the key file \(path), which can't be read") }
      return false
    }
    guard let key = PrivateKeyFile(text) else {
      tried.append("the key file \(path), which holds no private key")
      return false
    }
    if let refusal = Self.refusal(of: key.type) {
      tried.append("the key file \(path), which is \(refusal)")
      return false
    }
    var passphrase: [UInt8] = []
    defer { passphrase.wipe() }
    if key.isEncrypted {
      guard let answer = try prompter.ask("Passphrase for the key \(path): ", of: host) else {
        tried.append("the key file \(path), which needs a passphrase and nobody is there to ask; load it into an agent")
        return false
      }
      passphrase = answer
      passphrase.append(0)
    }
    let user = host.user
    let isAccepted = try accepted {
      passphrase.withUnsafeBytes { bytes in
        libssh2_userauth_publickey_fromfile_ex(
          handle, user, UInt32(user.utf8.count), nil, path,
          bytes.isEmpty ? nil : bytes.bindMemory(to: CChar.self).baseAddress)
      }
    }
    guard !isAccepted else { return true }
    let status = libssh2_session_last_errno(handle)
    let isRefused = [LIBSSH2_ERROR_AUTHENTICATION_FAILED, LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED].contains(status)
    let trouble = key.isEncrypted ? ", whose passphrase is another one" : ", which libssh2 can't read"
    tried.append("the key file \(path)\(isRefused ? "" : trouble)")
    return false
  }

  private func authenticateInteractively(_ tried: inout [String]) throws(SSHError) -> Bool {
    let user = host.user
    let before = prompter.answerCount
    let isAccepted = try accepted(timeout: Self.typing) {
      let answers = prompter.answerCount
      let status = libssh2_userauth_keyboard_interactive_ex(handle, user, UInt32(user.utf8.count), Prompter.callback)
      // The server was not silent while somebody typed.
      if prompter.answerCount != answers { beginListening() }
      return status
    }
    if !isAccepted, prompter.answerCount > before {
      tried.append("what was answered to its questions, which was wrong")
    }
    return isAccepted
  }

  private func authenticateWithPassword(_ tried: inout [String]) throws(SSHError) -> Bool {
    guard var password = try prompter.ask("Password of \(host.user) on \(host): ", of: host) else { return false }
    defer { password.wipe() }
    let user = host.user
    let isAccepted = try accepted {
      password.withUnsafeBytes { bytes in
        libssh2_userauth_password_ex(
          handle, user, UInt32(user.utf8.count), bytes.bindMemory(to: CChar.self).baseAddress, UInt32(bytes.count), nil)
      }
    }
    if !isAccepted { tried.append("the password, which was wrong") }
    return isAccepted
  }

  // A server gives nobody longer to answer its questions.
  private static let typing: Duration = .seconds(600)

  /// Whether the server lets the user in by what `body` offers.
  private func accepted(timeout: Duration? = nil, _ body: () -> CInt) throws(SSHError) -> Bool {
    do throws(SSHError) {
      return try retrying("log in", timeout: timeout, body) == 0
    } catch let error where error.isConnectionLost || error.code == .cancelled {
      throw error
    } catch {
      return false
    }
  }

  /// Whether libssh2 signs by RSA keys as servers want it today.
  static var canUseRSAKeys: Bool { libssh2_version(0x010b00) != nil }

  /// Why a kind of key can't be used; nil if it can.
  private static func refusal(of type: String?) -> String? {
    guard type == "ssh-rsa", !canUseRSAKeys else { return nil }
    return "an RSA key: libssh2 \(LIBSSH2_VERSION) can only sign with SHA-1 by it, which servers refuse; "
      + "use an ed25519 or ECDSA key"
  }
}
