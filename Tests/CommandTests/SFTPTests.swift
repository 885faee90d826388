import ArgumentParser
import Backend
import BackendTestSupport
import Glibc
import SSH
import Testing

@testable import Commands

@Suite("A repository on another machine")
struct SFTPTests {
  @Test(
    "is named in two ways, each of which says all there is",
    arguments: [
      ("sftp://me@host:2222/srv/repo", "host", 2_222, "me", "/srv/repo"),
      ("sftp://host/srv/repo", "host", nil, nil, "/srv/repo"),
      ("SFTP://host/srv/re%20po", "host", nil, nil, "/srv/re po"),
      ("sftp://host/~/repo", "host", nil, nil, "repo"),
      ("sftp://[::1]:2222/r", "::1", 2_222, nil, "/r"),
      ("sftp://a%40b@host/r", "host", nil, "a@b", "/r"),
      ("sftp:me@host:/srv/repo", "host", nil, "me", "/srv/repo"),
      ("sftp:host:repo", "host", nil, nil, "repo"),
      ("sftp:host:re:po@x", "host", nil, nil, "re:po@x"),
      ("sftp:me@[::1]:/r", "::1", nil, "me", "/r"),
    ] as [(String, String, Int?, String?, String)])
  func reads(text: String, host: String, port: Int?, user: String?, path: String) throws {
    let expected = RepositoryLocation.sftp(
      try SSHAddress(host: host, port: port.map { UInt16($0) }, user: user), path: path)
    #expect(try RepositoryLocation(text, environment: Environment([:])) == expected)
  }

  @Test(
    "is a usage error where something is missing or can't be",
    arguments: [
      "sftp:", "sftp:host", "sftp://host", "sftp:///path", "sftp:host:", "sftp::/path", "sftp://host:0/p",
      "sftp://host:99999/p", "sftp://host:x/p", "sftp://-oProxyCommand=x/p", "sftp:-x@host:/p", "sftp://h/%zz",
      "http://host/p", "sftp://h/a%00b", "sftp://h/~/%00",
    ])
  func refuses(text: String) {
    let error = #expect(throws: CommandError.self) { try RepositoryLocation(text, environment: Environment([:])) }
    #expect(error?.exitCode == .usage)
  }

  @Test(
    "has no password in it, and one that is there is shown nowhere",
    arguments: [
      "sftp://root:secret@host/p", "sftp://root:secret@host:22/p", "sftp://root:se@secret@host/p",
      "sftp://:secret@host/p",
      "sftp://root:secret/x@host/p", "sftp:root:secret@host:p", "sftp:root:secret@host:/p", "sftp://root:secret@host",
      "rest:https://root:secret@host/p",
    ])
  func refusesPassword(text: String) {
    let error = #expect(throws: CommandError.self) { try RepositoryLocation(text, environment: Environment([:])) }
    #expect(error?.exitCode == .usage)
    #expect(error.map { !"\($0)".contains("secret") } == true)
  }

  /// A workshop whose repository is behind the tests' server.
  private func workshop(initializing: Bool = true) throws -> Workshop {
    let server = try SSHServer.shared.get()
    let workshop = try Workshop(initializing: false)
    workshop.environment["HOME"] = server.directory + "/home"
    workshop.environment["FIRN_REPOSITORY"] = "sftp://127.0.0.1:\(server.port)\(workshop.repository)"
    if initializing { try workshop.done("init", "--kdf-cost", "14") }
    return workshop
  }

  @Test("takes snapshots, gives them back, is checked, forgets and is pruned, and lies there as a local one does")
  func wholeLife() throws {
    let workshop = try workshop()
    try workshop.write(String(repeating: "first ", count: 200_000), to: "large")
    try workshop.write("small", to: "small")
    try workshop.done("backup", workshop.tree)
    try workshop.shell("head -c 3000000 /dev/urandom >tree/random && rm tree/large")
    try workshop.done("backup", workshop.tree)
    #expect(try workshop.json(workshop.done("snapshots", "--json"), "len(d[0])") == "2")
    try workshop.done("check", "--read-data")
    let restored = workshop.root + "/restored"
    try workshop.done("restore", "latest", "--target", restored)
    try workshop.shell("diff -r tree restored\(workshop.tree)")
    // As a copy by files leaves it.
    try workshop.shell("rmdir repository/tmp repository/intents repository/tombstones repository/sweeps")
    try workshop.shell("rm tree/random")
    try workshop.done("backup", workshop.tree)
    try workshop.done("forget", "--keep-last", "1", "--prune")
    try workshop.done("check", "--read-data")
    // The same bytes by their path.
    workshop.environment["FIRN_REPOSITORY"] = workshop.repository
    workshop.environment["FIRN_CACHE_DIR"] = workshop.root + "/other-cache"
    try workshop.done("check", "--read-data")
    #expect(try workshop.done("dump", "latest", workshop.tree + "/small").text == "small")
    #expect(try workshop.shell("ls repository/tmp") == "")
  }

  @Test("heals damaged packs by their parity")
  func heals() throws {
    let workshop = try workshop(initializing: false)
    try workshop.done("init", "--kdf-cost", "14", "--parity", "3")
    try workshop.shell("head -c 3000000 /dev/urandom >tree/random")
    try workshop.done("backup", workshop.tree)
    try workshop.shell(
      "pack=$(ls -S repository/packs/*/* | head -1) && chmod u+w $pack "
        + "&& printf xxxx | dd of=$pack bs=1 seek=100000 conv=notrunc status=none")
    #expect(try workshop.firn("check", "--read-data").status == ExitCode.damaged.rawValue)
    try workshop.done("check", "--read-data", "--repair")
    try workshop.done("check", "--read-data")
  }

  @Test("can only be added to where the server allows no more, and is pruned by another account")
  func appendOnly() throws {
    let denied = "remove,rename,posix-rename,rmdir,setstat,fsetstat,lsetstat,symlink"
    let server = try SSHServer(options: ["ForceCommand internal-sftp -P \(denied)"])
    let workshop = try workshop()
    let full = (workshop.environment["HOME"], workshop.environment["FIRN_REPOSITORY"])
    workshop.environment["HOME"] = server.directory + "/home"
    workshop.environment["FIRN_REPOSITORY"] = "sftp://127.0.0.1:\(server.port)\(workshop.repository)"
    for text in ["first", "second"] {
      try workshop.write(text, to: "file")
      try workshop.done("backup", workshop.tree)
    }
    #expect(try workshop.done("dump", "latest", workshop.tree + "/file").text == "second")
    #expect(try workshop.firn("forget", "latest", "--keep-last", "1", "--prune").status != 0)
    #expect(try workshop.firn("prune").status != 0)
    try workshop.done("check", "--read-data")
    #expect(try workshop.json(workshop.done("snapshots", "--json"), "len(d[0])") == "2")
    (workshop.environment["HOME"], workshop.environment["FIRN_REPOSITORY"]) = full
    try workshop.done("forget", "--keep-last", "1", "--prune")
    try workshop.done("check", "--read-data")
    #expect(try workshop.json(workshop.done("snapshots", "--json"), "len(d[0])") == "1")
    #expect(try workshop.shell("ls repository/intents") == "")
    // So old that nobody can be at work on it.
    #expect(try workshop.shell("touch -d '1 hour ago' repository/tmp/* && ls repository/tmp") != "")
    try workshop.done("prune")
    #expect(try workshop.shell("ls repository/tmp") == "")
    try workshop.done("check", "--read-data")
  }

  @Test("is not made where the file system, or the server, lets nothing be written, and the reason is said")
  func readOnly() throws {
    let workshop = try workshop(initializing: false)
    try workshop.shell("mkdir readonly && mount -t tmpfs -o ro none readonly")
    defer { _ = try? workshop.shell("umount readonly") }
    let place = try #require(workshop.environment["FIRN_REPOSITORY"])
    workshop.environment["FIRN_REPOSITORY"] = place.replacing("/repository", with: "/readonly/repository")
    let mounted = try workshop.firn("init", "--kdf-cost", "14")
    #expect(mounted.status == ExitCode.volume.rawValue, "\(mounted.errors)")
    #expect(mounted.errors.contains("make the directory") && mounted.errors.contains("read-only"), "\(mounted.errors)")
    let server = try SSHServer(options: ["ForceCommand internal-sftp -R"])
    workshop.environment["HOME"] = server.directory + "/home"
    workshop.environment["FIRN_REPOSITORY"] = "sftp://127.0.0.1:\(server.port)\(workshop.repository)"
    let refused = try workshop.firn("init", "--kdf-cost", "14")
    #expect(refused.status == ExitCode.unreachable.rawValue)
    #expect(refused.errors.contains("internal-sftp -R") && !refused.errors.contains("lacks"), "\(refused.errors)")
  }

  @Test("that is lost for good is given up, and what can't be read then is not taken for damaged")
  func lost() throws {
    let server = try SSHServer.shared.get()
    let workshop = try workshop()
    for number in 1...3 {
      try workshop.shell("head -c 2000000 /dev/urandom >tree/random-\(number)")
      try workshop.done("backup", workshop.tree)
    }
    let proxy = try CuttingProxy(to: server.port, seed: 5)
    workshop.environment["FIRN_REPOSITORY"] = "sftp://127.0.0.1:\(proxy.port)\(workshop.repository)"
    workshop.environment["FIRN_RECONNECT_FOR"] = "0s"
    // All is well until packs are read.
    proxy.cut(after: 1_000_000...1_500_000)
    let target = workshop.root + "/restored"
    for arguments in [["check", "--read-data"], ["restore", "latest", "--target", target], ["repair", "packs"]] {
      let result = try BuiltCommand.run(arguments, environment: workshop.environment)
      #expect(result.status == ExitCode.unreachable.rawValue, "\(arguments): \(result.errors)")
      #expect(result.errors.contains("127.0.0.1"), "\(result.errors)")
      #expect(!result.errors.contains("damaged"), "\(result.errors)")
    }
    #expect(proxy.cuts >= 3)
    proxy.cut(after: nil)
    try workshop.done("check", "--read-data")
    #expect(try workshop.shell("ls repository").contains("quarantine") == false)
  }

  @Test("that is lost is waited for no longer when a signal comes", arguments: ["backup", "dump", "copy"])
  func interrupted(verb: String) throws {
    let workshop = try workshop()
    try workshop.shell("head -c 3000000 /dev/urandom >tree/random")
    try workshop.done("backup", workshop.tree)
    try workshop.shell("head -c 3000000 /dev/urandom >tree/random")
    let target = workshop.root + "/target"
    let password = try workshop.passwordFile("other")
    try workshop.done("init", "-r", target, "--kdf-cost", "14", "--password-file", password)
    let proxy = try CuttingProxy(to: try SSHServer.shared.get().port, seed: 6)
    workshop.environment["FIRN_REPOSITORY"] = "sftp://127.0.0.1:\(proxy.port)\(workshop.repository)"
    proxy.cut(after: 1_000_000...1_500_000)
    let rest = [
      "backup": [workshop.tree], "dump": ["latest", workshop.tree + "/random"],
      "copy": ["--json", "--to", target, "--to-password-file", password],
    ]
    let started = try BuiltCommand.start([verb] + (rest[verb] ?? []), environment: workshop.environment)
    while proxy.cuts == 0 { usleep(1_000) }
    proxy.cut(after: 0...0)
    let cuts = proxy.cuts
    while proxy.cuts < cuts + 6 { usleep(1_000) }
    started.signal(SIGTERM)
    let result = try started.wait()
    // Once, whoever has tried how often.
    let warnings = result.errors.split(separator: "\n").filter { $0.contains("is lost; trying again for 180 s") }
    #expect(warnings.count == 1, "\(result.errors)")
    let beginning = verb == "copy" ? #"{"message_type":"warning","message":""# : "firn: "
    #expect(
      warnings.allSatisfy { $0.hasPrefix("\(beginning)the connection to 127.0.0.1 port \(proxy.port) ") },
      "\(result.errors)")
    #expect(result.status == ExitCode.interrupted.rawValue, "\(result.errors)")
    #expect(result.errors.contains("interrupted") && !result.errors.contains("ssh HOST"), "\(result.errors)")
  }

  @Test("is not asked for when the passphrase is answered by a signal")
  func interruptedPrompt() throws {
    let server = try SSHServer.shared.get()
    let workshop = try Workshop(initializing: false)
    try workshop.shell(
      "mkdir .ssh && cp '\(server.directory)/home/.ssh/known_hosts' .ssh && ssh-keygen -q -t ed25519 -N secret -f .ssh/id_ed25519"
    )
    workshop.environment["FIRN_REPOSITORY"] = "sftp://127.0.0.1:\(server.port)\(workshop.repository)"
    let result = try workshop.onTerminal("snapshots", question: "Passphrase for", answers: ["\u{3}"])
    #expect(result.status == String(ExitCode.interrupted.rawValue), "\(result.shown)")
    #expect(result.shown.contains("firn: interrupted"), "\(result.shown)")
  }

  @Test("is tried to be reached for as long as is wanted")
  func patience() throws {
    let read = { (words: [String], variables: [String: String]) in
      try SFTPSettings(RepositoryOptions.parse(words), environment: Environment(variables)).patience
    }
    #expect(try read([], [:]) == .seconds(180))
    #expect(try read([], ["FIRN_RECONNECT_FOR": "2h"]) == .seconds(7_200))
    #expect(try read(["--reconnect-for", "5"], ["FIRN_RECONNECT_FOR": "2h"]) == .seconds(5))
    let error = #expect(throws: CommandError.self) { try read([], ["FIRN_RECONNECT_FOR": "soon"]) }
    #expect(error?.exitCode == .usage)
  }

  @Test("tells its troubles apart by exit codes")
  func exitCodes() throws {
    let workshop = try workshop()
    #expect(try workshop.firn("init").status == ExitCode.failed.rawValue)
    for part in ["/missing", "/parent", "/of/all"] {
      workshop.environment["FIRN_REPOSITORY"]?.append(part)
      #expect(try workshop.firn("snapshots").status == ExitCode.noRepository.rawValue)
    }
    let orphan = try workshop.firn("init", "--kdf-cost", "14")
    #expect(orphan.status == ExitCode.failed.rawValue)
    workshop.environment["FIRN_REPOSITORY"] = "sftp://127.0.0.1:1/repository"
    let unreachable = try workshop.firn("snapshots")
    #expect(unreachable.status == ExitCode.unreachable.rawValue)
    #expect(unreachable.errors.contains("127.0.0.1 port 1"))
    let printing = try SSHServer(options: ["ForceCommand echo Welcome"])
    workshop.environment["HOME"] = printing.directory + "/home"
    workshop.environment["FIRN_REPOSITORY"] = "sftp://127.0.0.1:\(printing.port)\(workshop.repository)"
    let unusable = try workshop.firn("snapshots")
    #expect(unusable.status == ExitCode.unreachable.rawValue)
    #expect(unusable.errors.contains("Welcome") && !unusable.errors.contains("hint"), "\(unusable.errors)")
    workshop.environment["FIRN_REPOSITORY"] =
      "sftp://127.0.0.1:\(try SSHServer.shared.get().port)\(workshop.repository)"
    workshop.environment["HOME"] = workshop.root
    try workshop.shell("mkdir .ssh && echo 'ProxyJump elsewhere' >.ssh/config")
    #expect(try workshop.firn("snapshots").status == ExitCode.usage.rawValue)
    try workshop.shell("rm .ssh/config")
    let unknown = try workshop.firn("snapshots")
    #expect(unknown.status == ExitCode.unreachable.rawValue)
    #expect(unknown.errors.contains("SHA256:"))
  }
}
