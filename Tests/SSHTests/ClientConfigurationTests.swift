import Testing

@testable import SSH

@Suite("The ssh configuration")
struct ClientConfigurationTests {
  private let user = SSHUser(home: "/home/me", name: "me", agentSocket: "/run/agent", ask: { _ in nil })

  private func host(_ name: String, _ text: String, port: UInt16? = nil, user name2: String? = nil) throws -> SSHHost {
    var configuration = ClientConfiguration()
    configuration.read(text, host: name)
    return try SSHHost(SSHAddress(host: name, port: port, user: name2), configuration, for: user)
  }

  @Test("gives the first value of an option, whichever block it is in")
  func firstValue() throws {
    let text = """
      User first
      Host box other
        HostName box.example.org
        Port 2222
        User second
      Host *
        Port 22
        HostName wrong
      """
    let box = try host("box", text)
    #expect(box.name == "box.example.org" && box.port == 2_222 && box.user == "first")
    let third = try host("third", text)
    #expect(third.name == "wrong" && third.port == 22)
  }

  @Test("stands back behind what was given")
  func givenFirst() throws {
    let box = try host("box", "Host box\nPort 2222\nUser other", port: 4, user: "you")
    #expect(box.port == 4 && box.user == "you")
  }

  @Test("is not needed")
  func defaults() throws {
    let box = try host("box", "")
    #expect(box.name == "box" && box.port == 22 && box.user == "me" && box.knownName == "box")
    #expect(box.identityFiles.first == "/home/me/.ssh/id_ed25519" && !box.hasOwnIdentities)
    #expect(box.knownHostsFiles.first == "/home/me/.ssh/known_hosts")
    #expect(box.knownHostsFiles.contains("/etc/ssh/ssh_known_hosts"))
    #expect(box.agentSocket == "/run/agent")
  }

  @Test("names key files, all that apply, with what stands for other things")
  func identities() throws {
    let text = """
      IdentityFile ~/.ssh/%r@%h
      Host box
        HostName %h.example.org
        IdentityFile "/keys/with space/%u"
        IdentityFile none
        IdentitiesOnly yes
        UserKnownHostsFile ~/known /etc/known%%
      """
    let box = try host("box", text, user: "you")
    #expect(box.name == "box.example.org")
    #expect(box.identityFiles == ["/home/me/.ssh/you@box.example.org", "/keys/with space/me"])
    #expect(box.hasOwnIdentities && box.hasOnlyIdentities)
    #expect(box.knownHostsFiles.prefix(2) == ["/home/me/known", "/etc/known%"])
  }

  @Test(
    "is read line by line as OpenSSH does",
    arguments: [
      ("Port=2222", 2_222), ("Port = 2222", 2_222), ("  port\t2222  ", 2_222), ("PORT \"2222\"", 2_222),
      ("# Port 1\nPort 2222 # really", 2_222), ("Host other\nPort 1", 22), ("Host !box *\nPort 1", 22),
      ("Host * !box\nPort 1", 22), ("Host o* b?x\nPort 2222", 2_222),
      ("Match host box\nPort 1\nHost *\nPort 2222", 2_222),
      ("Match all\nPort 2222", 2_222), ("Port", 22),
    ])
  func lines(text: String, port: Int) throws {
    #expect(try host("box", text).port == UInt16(port))
  }

  @Test("takes in other files where it says so, within the block")
  func includes() throws {
    let files = ["a": "Port 2222\nHost other\nUser wrong", "b": "User wrong", "loop": "Include loop\nUser right"]
    var configuration = ClientConfiguration()
    configuration.read("Host box\nInclude a\nHost other\nInclude b\nHost *\nInclude loop", host: "box") {
      files[$0].map { [$0] } ?? []
    }
    let box = try SSHHost(SSHAddress(host: "box"), configuration, for: user)
    #expect(box.port == 2_222 && box.user == "right")
  }

  @Test(
    "is refused where it asks for what can't be done",
    arguments: [
      "ConnectTimeout soon", "ServerAliveInterval -1", "ServerAliveInterval 5\nServerAliveCountMax x",
      "ProxyJump other", "ProxyCommand nc %h %p", "Port many", "Port 0",
    ])
  func refuses(text: String) {
    let error = #expect(throws: SSHError.self) { try host("box", text) }
    #expect(error?.code == .configuration)
    #expect(error?.message.contains("box") == true)
  }

  @Test("says how long is waited, where it does, and it is never without end")
  func timeouts() throws {
    let usual = SSHTimeouts()
    #expect(try host("box", "").timeouts == usual)
    #expect(try host("box", "ConnectTimeout none\nServerAliveInterval 0").timeouts == usual)
    let box = try host("box", "ConnectTimeout 7\nServerAliveInterval 5\nServerAliveCountMax 4").timeouts
    #expect(box.connect == .seconds(7) && box.handshake == .seconds(7) && box.silence == .seconds(20))
    #expect(box.answer == usual.answer)
    #expect(try host("box", "ServerAliveInterval 5").timeouts.silence == .seconds(15))
    #expect(try host("box", "ServerAliveInterval 1").timeouts.silence == .seconds(5))
  }

  @Test("may say that there is no proxy and no agent")
  func none() throws {
    #expect(try host("box", "ProxyJump none\nProxyCommand none\nIdentityAgent none").agentSocket == nil)
  }
}

@Suite("A private key file")
struct PrivateKeyFileTests {
  @Test("that is none is told apart", arguments: ["", "ssh-ed25519 AAAA", "-----BEGIN CERTIFICATE-----\nAAAA"])
  func refusesOthers(text: String) {
    #expect(PrivateKeyFile(text) == nil)
  }
}
