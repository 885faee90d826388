import BackendTestSupport
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import SSH

@Suite("A session with a server")
struct SessionTests {
  let server: SSHServer
  let home = TemporaryDirectory()

  init() throws {
    server = try SSHServer.shared.get()
    mkdir(home.path + "/.ssh", 0o700)
  }

  private func write(_ text: String, to file: String) throws {
    let file = try #require(fopen("\(home.path)/.ssh/\(file)", "we"))
    defer { fclose(file) }
    fputs(text, file)
  }

  private func serverKey(_ file: String) throws -> String {
    let text = try #require(TextFile.contents(of: "\(server.directory)/\(file)"))
    return text.split(separator: " ").prefix(2).joined(separator: " ")
  }

  private func connect(
    agent: String? = nil, port: UInt16? = nil, asking ask: @escaping @Sendable (String) -> [UInt8]? = { _ in nil }
  ) throws -> SFTPClient {
    let user = SSHUser(home: home.path, name: "root", agentSocket: agent, ask: ask)
    let host = try SSHHost(SSHAddress(host: "127.0.0.1", port: port ?? server.port), for: user)
    return try SFTPClient.connect(to: host, for: user)
  }

  private func failure(
    _ code: SSHError.Code, _ words: String..., port: UInt16? = nil,
    asking ask: @escaping @Sendable (String) -> [UInt8]? = { _ in nil },
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let error = #expect(throws: SSHError.self, sourceLocation: sourceLocation) { try connect(port: port, asking: ask) }
    #expect(error?.code == code, "\(error?.message ?? "")", sourceLocation: sourceLocation)
    for word in words {
      let message = error?.message ?? ""
      #expect(message.contains(word), "\(word): \(message)", sourceLocation: sourceLocation)
    }
  }

  /// Has a server let the user in who is logged in as here.
  private func writeFiles(for server: SSHServer) throws {
    let key = try #require(TextFile.contents(of: "\(server.directory)/host_ed25519.pub"))
    try write("127.0.0.1 \(key.split(separator: " ").prefix(2).joined(separator: " "))\n", to: "known_hosts")
    try write("IdentityFile \(server.directory)/user\n", to: "config")
  }

  @Test(
    "that has no algorithm in common with a server says which kind is lacking and what there is",
    arguments: [
      ("KexAlgorithms sntrup761x25519-sha512@openssh.com", "key exchange", "ecdh-sha2-nistp256"),
      ("Ciphers chacha20-poly1305@openssh.com", "cipher", "aes256-ctr"),
      ("MACs hmac-sha2-256-etm@openssh.com", "MAC", "hmac-sha2-256,"),
    ])
  func lacksAlgorithm(option: String, kind: String, supported: String) throws {
    let other = try SSHServer(options: [option])
    try writeFiles(for: other)
    let words = option.split(separator: " ").map(String.init)
    // Later versions of libssh2 have more.
    if let client = try? connect(port: other.port) { return #expect(client.failure == nil && kind != "key exchange") }
    failure(.unsupported, "no \(kind) in common", "offers \(words[1])", supported, words[0], port: other.port)
  }

  @Test("is of no use where the server opens no channel, which is said")
  func noChannel() throws {
    let other = try SSHServer(options: ["MaxSessions 0"])
    try writeFiles(for: other)
    failure(.unsupported, "MaxSessions", port: other.port)
  }

  @Test(
    "is of no use where the server prints something first, which is shown",
    arguments: [
      "echo Welcome to the server", "printf '\\nWelcome'; cat", "printf 'hi\\nWelcome'", "printf 'Welcome\\033[31m'",
    ])
  func printsFirst(command: String) throws {
    let other = try SSHServer(options: ["ForceCommand \(command)"])
    try writeFiles(for: other)
    let shown = command.contains("hi") ? "hi" : "Welcome"
    failure(.unsupported, "says \"\(shown)", "ForceCommand", port: other.port)
  }

  @Test("is refused with a wrong password, which is said")
  func wrongPassword() throws {
    let other = try SSHServer(options: ["PasswordAuthentication yes"])
    try writeFiles(for: other)
    try write("IdentityFile none\n", to: "config")
    failure(.authenticationFailed, "the password, which was wrong", port: other.port) { _ in Array("wrong".utf8) }
    failure(.authenticationFailed, "no key was found to try", port: other.port)
  }

  @Test("says which file of known hosts is to be changed")
  func namesKnownHosts() throws {
    try write("UserKnownHostsFile \(home.path)/other\nIdentityFile \(server.directory)/user\n", to: "config")
    failure(.hostKeyUnknown, ">>'\(home.path)/other'")
    let key = try serverKey("user.pub")
    #expect(run(["sh", "-c", "echo '127.0.0.1,[127.0.0.1]:\(server.port) \(key)' >'\(home.path)/other'"])?.status == 0)
    failure(.hostKeyChanged, "ssh-keygen -R '[127.0.0.1]:\(server.port)' -f '\(home.path)/other'")
    try write("UserKnownHostsFile none\nGlobalKnownHostsFile none\n", to: "config")
    failure(.hostKeyUnknown, "names no file of known hosts")
    try write("IdentityFile \(server.directory)/user\n", to: "config")
    try write("@cert-authority * \(key)\n", to: "known_hosts")
    failure(.hostKeyUnknown, "certificates are not supported")
  }

  @Test("says that parts of the configuration were passed over, where that may be why it fails")
  func unreadBlocks() throws {
    try write("Match all\nUser root\n", to: "config")
    let error = #expect(throws: SSHError.self) { try connect(port: 1) }
    #expect(error?.message.contains("Match") == false)
    try write("Match host 127.0.0.1\nHostName elsewhere\n", to: "config")
    failure(.unreachable, "Match blocks", port: 1)
  }

  @Test("begins with a key of each kind that the host is known by", arguments: ["host_ed25519.pub", "host_ecdsa.pub"])
  func prefersKnownKey(file: String) throws {
    try write("[127.0.0.1]:\(server.port) \(serverKey(file))\n", to: "known_hosts")
    try write("Host *\nIdentityFile \(server.directory)/user\n", to: "config")
    let client = try connect()
    #expect(client.extensions == Set(SFTPExtension.allCases))
    #expect(try client.value(of: client.realPath(Array("/tmp/.".utf8))) == Array("/tmp".utf8))
  }

  @Test("is refused to a host that is not known, with its fingerprint and what to do")
  func refusesUnknown() throws {
    try write("Host *\nIdentityFile \(server.directory)/user\n", to: "config")
    failure(.hostKeyUnknown, "SHA256:", "echo '[127.0.0.1]:\(server.port) ", ">>'\(home.path)/.ssh/known_hosts'")
  }

  @Test("is refused to a host that shows another key than before, or one that was revoked")
  func refusesOthers() throws {
    let ecdsa = try serverKey("host_ecdsa.pub")
    let user = try serverKey("user.pub")
    try write("127.0.0.1 \(ecdsa)\n@revoked * \(ecdsa)\n", to: "known_hosts")
    failure(.hostKeyRevoked, "revoked", "known_hosts:2")
    try write("[127.0.0.1]:\(server.port) \(user)\n", to: "known_hosts")
    failure(.hostKeyChanged, "known_hosts:1", "ssh-keygen -R '[127.0.0.1]:\(server.port)'")
  }

  @Test("needs a key that the server knows, and says what was tried")
  func refusesUnknownUser() throws {
    try write("127.0.0.1 \(serverKey("host_ed25519.pub"))\n", to: "known_hosts")
    failure(.authenticationFailed, "no key was found", "publickey")
    #expect(run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "\(home.path)/.ssh/id_ed25519"])?.status == 0)
    failure(.authenticationFailed, "id_ed25519", "authorized_keys")
    #expect(run(["ssh-keygen", "-q", "-t", "rsa", "-N", "", "-f", "\(home.path)/.ssh/id_rsa"])?.status == 0)
    if !SSHSession.canUseRSAKeys { failure(.authenticationFailed, "id_rsa", "RSA", "ed25519 or ECDSA") }
  }

  @Test("takes a key with a passphrase, which is asked for", arguments: ["ed25519", "ecdsa"])
  func asksForPassphrase(kind: String) throws {
    try write("127.0.0.1 \(serverKey("host_ed25519.pub"))\n", to: "known_hosts")
    let key = "\(home.path)/.ssh/locked"
    #expect(run(["ssh-keygen", "-q", "-t", kind, "-N", "open sesame", "-f", key])?.status == 0)
    try write("IdentityFile \(key)\n", to: "config")
    #expect(run(["sh", "-c", "cat '\(key).pub' >>'\(server.directory)/authorized_keys'"])?.status == 0)
    failure(.authenticationFailed, "passphrase", "agent")
    failure(.authenticationFailed, "\(key), whose passphrase is another one") { _ in Array("wrong".utf8) }
    let client = try connect { question in question.contains(key) ? Array("open sesame".utf8) : nil }
    #expect(try client.value(of: client.attributes(of: Array("/".utf8))).isDirectory == true)
  }

  @Test("takes a key of an agent")
  func asksAgent() throws {
    try write("127.0.0.1 \(serverKey("host_ed25519.pub"))\n", to: "known_hosts")
    let socket = home.path + "/agent"
    let started = try #require(
      run(["sh", "-c", "ssh-agent -a '\(socket)' | sed -n 's/.*SSH_AGENT_PID=\\([0-9]*\\);.*/\\1/p'"]))
    let process = try #require(pid_t(started.output.split(separator: "\n").first ?? ""))
    // It inherits the signals that the tests' threads block.
    defer { kill(process, SIGKILL) }
    #expect(run(["sh", "-c", "SSH_AUTH_SOCK='\(socket)' ssh-add -q '\(server.directory)/user'"])?.status == 0)
    let client = try connect(agent: socket)
    #expect(try client.value(of: client.attributes(of: Array("/".utf8))).isDirectory == true)
    try write("IdentitiesOnly yes\nIdentityFile /nowhere\n", to: "config")
    let error = #expect(throws: SSHError.self) { try connect(agent: socket) }
    #expect(error?.code == .authenticationFailed)
  }

  /// Somebody on this machine who listens and says nothing.
  private func silentListener() throws -> (descriptor: CInt, port: UInt16) {
    let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
    try #require(listen(listener, 4) == 0)
    var address = sockaddr_in()
    var size = socklen_t(MemoryLayout.size(ofValue: address))
    let named = withUnsafeMutableBytes(of: &address) {
      getsockname(listener, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), &size)
    }
    try #require(named == 0)
    return (listener, UInt16(bigEndian: address.sin_port))
  }

  @Test("is not waited for without end where somebody listens and says nothing")
  func silent() throws {
    let (listener, port) = try silentListener()
    defer { close(listener) }
    let user = server.user()
    var host = try SSHHost(SSHAddress(host: "127.0.0.1", port: port), for: user)
    host.timeouts.handshake = .milliseconds(50)
    let error = #expect(throws: SSHError.self) { try SFTPClient.connect(to: host, for: user) }
    #expect(error?.code == .timedOut)
  }

  @Test("is waited for no longer when the user wants the end")
  func cancelled() throws {
    let (listener, port) = try silentListener()
    defer { close(listener) }
    var user = server.user()
    let looks = Atomic<Int>(0)
    user.isCancelled = { looks.add(1, ordering: .relaxed).newValue > 5 }
    let host = try SSHHost(SSHAddress(host: "127.0.0.1", port: port), for: user)
    let error = #expect(throws: SSHError.self) { try SFTPClient.connect(to: host, for: user) }
    #expect(error?.code == .cancelled)
  }

  @Test("that is made may end what is under way when the user wants the end, but is not waited for as long as else")
  func ending() throws {
    let path = home.path + "/fifo"
    try #require(mkfifo(path, 0o600) == 0)
    defer { close(open(path, O_WRONLY | O_NONBLOCK)) }
    var user = server.user()
    let isCancelled = Atomic<Bool>(false)
    user.isCancelled = { isCancelled.load(ordering: .relaxed) }
    var host = try SSHHost(SSHAddress(host: "127.0.0.1", port: server.port), for: user)
    host.timeouts.ending = .seconds(3)
    host.timeouts.answer = .seconds(120)
    // Another process of the server's says meanwhile, each second, that all is well.
    host.timeouts.silence = .seconds(5)
    let client = try SFTPClient.connect(to: host, for: user)
    isCancelled.store(true, ordering: .relaxed)
    #expect(try client.value(of: client.attributes(of: Array("/".utf8))).isDirectory == true)
    let start = ContinuousClock.now
    let error = #expect(throws: SSHError.self) { _ = try client.value(of: client.open(Array(path.utf8), .read)) }
    #expect(error?.code == .timedOut)
    #expect(ContinuousClock.now - start < host.timeouts.answer)
  }

  @Test("is not made when the user wants the end instead of answering, and he is asked nothing more")
  func cancelledPrompt() throws {
    try write("127.0.0.1 \(serverKey("host_ed25519.pub"))\n", to: "known_hosts")
    for key in ["first", "second"] {
      #expect(
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", "\(home.path)/.ssh/\(key)"])?.status == 0)
    }
    try write("IdentityFile ~/.ssh/first\nIdentityFile ~/.ssh/second\n", to: "config")
    let questions = Atomic<Int>(0)
    let user = SSHUser(home: home.path, name: "root", agentSocket: nil) { _ in
      questions.add(1, ordering: .relaxed)
      return nil
    } isCancelled: {
      questions.load(ordering: .relaxed) > 0
    }
    let host = try SSHHost(SSHAddress(host: "127.0.0.1", port: server.port), for: user)
    let error = #expect(throws: SSHError.self) { try SFTPClient.connect(to: host, for: user) }
    #expect(error?.code == .cancelled)
    #expect(questions.load(ordering: .relaxed) == 1)
  }

  @Test("is given up where the server lives, and does not answer")
  func unanswered() throws {
    let path = home.path + "/fifo"
    try #require(mkfifo(path, 0o600) == 0)
    // The server's process waits for somebody who writes, while another one of it says that all is well.
    defer { close(open(path, O_WRONLY | O_NONBLOCK)) }
    let user = server.user()
    var host = try SSHHost(SSHAddress(host: "127.0.0.1", port: server.port), for: user)
    host.timeouts.silence = .seconds(5)
    let patient = try SFTPClient.connect(to: host, for: user)
    host.timeouts.answer = .seconds(7)
    let client = try SFTPClient.connect(to: host, for: user)
    let opening = client.open(Array(path.utf8), .read)
    let start = ContinuousClock.now
    let error = #expect(throws: SSHError.self) { _ = try client.value(of: opening) }
    #expect(error?.code == .timedOut)
    // It was not taken for silent.
    #expect(ContinuousClock.now - start >= .seconds(7))
    #expect(client.failure != nil)
    #expect(try patient.value(of: patient.attributes(of: Array("/".utf8))).isDirectory == true)
  }

  @Test("is not to be had where nobody listens")
  func unreachable() throws {
    let user = server.user()
    let host = try SSHHost(SSHAddress(host: "127.0.0.1", port: 1), for: user)
    let error = #expect(throws: SSHError.self) { try SFTPClient.connect(to: host, for: user) }
    #expect(error?.code == .unreachable)
  }
}
