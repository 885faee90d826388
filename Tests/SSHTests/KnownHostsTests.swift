import BackendTestSupport
import TestSupport
import Testing

@testable import SSH

@Suite("What is known about a host's key")
struct KnownHostsTests {
  private static let ed = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMeJSbuPe4W/fHnDd9gjBwLHSNN/NYfcxkpZr1kGXKnD"
  private static let otherEd = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJb9+vtWrM6bg6GbmWRW9GcvGbzXKDJS9ATv3vdKlHXg"
  private static let rsa = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7"

  private static func key(_ text: String) throws -> HostKey {
    try #require(KnownHostsFile("any \(text)", path: "k").entries.first).key
  }

  private enum Expected {
    case trusted, revoked, changed, unknown
  }

  private static let table: [(file: String, host: String, port: UInt16, expected: Expected)] = [
    ("", "server", 22, .unknown),
    ("server \(ed)", "server", 22, .trusted),
    ("server \(ed) a comment", "SERVER", 22, .trusted),
    ("other \(ed)", "server", 22, .unknown),
    ("server \(otherEd)", "server", 22, .changed),
    // One of several is enough.
    ("server \(otherEd)\nserver \(ed)", "server", 22, .trusted),
    ("server \(rsa)", "server", 22, .unknown),
    ("a,server,b \(ed)", "server", 22, .trusted),
    ("*.org,!bad.org \(ed)", "good.org", 22, .trusted),
    ("*.org,!bad.org \(ed)", "bad.org", 22, .unknown),
    // Ports.
    ("[server]:2222 \(ed)", "server", 2_222, .trusted),
    ("[server]:2222 \(ed)", "server", 22, .unknown),
    ("[server]:2222 \(ed)", "server", 2_223, .unknown),
    ("[server]:2222 \(otherEd)", "server", 2_222, .changed),
    ("[*]:2222 \(ed)", "server", 2_222, .trusted),
    ("server \(ed)", "server", 2_222, .trusted),
    ("server \(otherEd)", "server", 2_222, .unknown),
    ("[server]:2222 \(otherEd)\nserver \(ed)", "server", 2_222, .changed),
    // Markers.
    ("@revoked server \(ed)", "server", 22, .revoked),
    ("server \(ed)\n@revoked * \(ed)", "server", 22, .revoked),
    ("@revoked * \(otherEd)\nserver \(ed)", "server", 22, .trusted),
    ("@revoked server \(ed)", "server", 2_222, .revoked),
    ("@revoked other \(ed)\nserver \(ed)", "server", 22, .trusted),
    ("@cert-authority server \(ed)", "server", 22, .unknown),
    ("@new-marker server \(ed)", "server", 22, .unknown),
    // Lines that are none.
    ("# server \(ed)", "server", 22, .unknown),
    ("server ssh-ed25519", "server", 22, .unknown),
    ("server ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIMeJSbuPe4W/fHnDd9gjBwLHSNN/NYfcxkpZr1kGXKnD", "server", 22, .unknown),
    ("server ssh-ed25519 !!!", "server", 22, .unknown),
    ("|1|bad|worse \(ed)", "server", 22, .unknown),
    ("  server\t\(ed)\r", "server", 22, .trusted),
  ]

  @Test("follows from what the files say, strictly", arguments: table.indices)
  func verdicts(row: Int) throws {
    let (file, host, port, expected) = Self.table[row]
    let verdict = KnownHosts([KnownHostsFile(file, path: "known")])
      .verdict(on: try Self.key(Self.ed), of: host, port: port)
    switch (verdict, expected) {
    case (.trusted, .trusted), (.revoked, .revoked), (.changed, .changed), (.unknown, .unknown): break
    default: Issue.record("\(verdict) instead of \(expected): \(file) for \(host) port \(port)")
    }
  }

  @Test("is found where names are hashed, as ssh-keygen does it", arguments: [("server", 22), ("server", 2_222)])
  func findsHashed(host: String, port: Int) throws {
    let directory = TemporaryDirectory()
    let path = directory.path + "/known_hosts"
    let name = KnownHosts.name(of: host, port: UInt16(port))
    #expect(
      run(["sh", "-c", "printf '%s\\n' '\(name) \(Self.ed)' >\(path) && ssh-keygen -q -H -f \(path) 2>/dev/null"])?
        .status == 0)
    let text = try #require(TextFile.contents(of: path))
    #expect(text.hasPrefix("|1|"))
    let known = KnownHosts([KnownHostsFile(text, path: path)])
    #expect(known.verdict(on: try Self.key(Self.ed), of: host, port: UInt16(port)) == .trusted)
    #expect(
      known.verdict(on: try Self.key(Self.otherEd), of: host, port: UInt16(port))
        == .changed(place: .init(file: path, line: 1)))
    #expect(
      known.verdict(on: try Self.key(Self.ed), of: "other", port: UInt16(port))
        == .unknown(others: [], isCertified: false))
  }

  @Test("is nothing of the key where only an authority is known, which is said")
  func findsAuthority() throws {
    let known = KnownHosts([KnownHostsFile("@cert-authority *.org \(Self.ed)", path: "known")])
    let key = try Self.key(Self.ed)
    #expect(known.verdict(on: key, of: "server.org", port: 22) == .unknown(others: [], isCertified: true))
    #expect(known.verdict(on: key, of: "server", port: 22) == .unknown(others: [], isCertified: false))
  }

  @Test("comes from all files, and a revocation in any of them counts")
  func joinsFiles() throws {
    let first = KnownHostsFile("server \(Self.ed)", path: "first")
    let second = KnownHostsFile("\n@revoked server \(Self.ed)", path: "second")
    let key = try Self.key(Self.ed)
    #expect(KnownHosts([first]).verdict(on: key, of: "server", port: 22) == .trusted)
    #expect(
      KnownHosts([first, second]).verdict(on: key, of: "server", port: 22)
        == .revoked(place: .init(file: "second", line: 2)))
  }

  @Test("decides which kinds of key the host is asked for")
  func keyTypes() {
    let known = KnownHosts([
      KnownHostsFile("server \(Self.rsa)\n[server]:2222 \(Self.ed)\n@revoked server \(Self.otherEd)", path: "known")
    ])
    #expect(known.keyTypes(of: "server", port: 22) == ["ssh-rsa"])
    #expect(known.keyTypes(of: "server", port: 2_222) == ["ssh-rsa", "ssh-ed25519"])
  }

  @Test("is shown as ssh-keygen shows it")
  func fingerprint() throws {
    let directory = TemporaryDirectory()
    let path = directory.path + "/key.pub"
    let made = try #require(run(["sh", "-c", "echo '\(Self.ed)' >\(path) && ssh-keygen -lf \(path)"]))
    #expect(made.output.contains(" \(try Self.key(Self.ed).fingerprint) "), "\(made.output)")
  }
}
