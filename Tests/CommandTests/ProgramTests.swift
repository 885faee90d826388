import Glibc
import Testing

@testable import Commands

@Suite("The program")
struct ProgramTests {
  @Test("shows its version")
  func version() throws {
    let workshop = try Workshop(initializing: false)
    #expect(try workshop.done("version").text == "firn 0.1.0, repository format 1\n")
    #expect(try workshop.done("--version").text == "firn 0.1.0\n" || workshop.done("--version").text == "0.1.0\n")
    #expect(try workshop.json(workshop.done("version", "--json"), "d[0]['version']") == "0.1.0")
  }

  @Test("lists every exit code in its help")
  func help() throws {
    let workshop = try Workshop(initializing: false)
    let help = try workshop.done("--help").text
    for code in ExitCode.allCases { #expect(help.contains("\(code.rawValue)  \(code.meaning.prefix(20))")) }
  }

  @Test("explains every verb")
  func helpOfVerbs() throws {
    let workshop = try Workshop(initializing: false)
    for verb in [
      "init", "backup", "snapshots", "ls", "find", "diff", "restore", "dump", "check", "stats", "key", "cat", "version",
      "schedule",
    ] {
      let help = try workshop.done(verb, "--help").text
      #expect(help.hasPrefix("OVERVIEW: "), "\(verb)")
      #expect(help.contains("USAGE: firn \(verb)"), "\(verb)")
    }
  }

  @Test("writes completion scripts", arguments: ["bash", "zsh", "fish"])
  func completion(shell: String) throws {
    let workshop = try Workshop(initializing: false)
    #expect(try workshop.done("--generate-completion-script", shell).text.contains("stdin-from-command"))
  }

  @Test(
    "refuses wrong usage with 2",
    arguments: [
      ["frobnicate"], ["backup"], ["ls"], ["restore", "latest"], ["check", "--read-data-subset", "0/3"],
      ["snapshots", "-r", "http://host/x"], ["snapshots", "-r", "sftp://host/x", "--require-mount"],
      ["init", "-r", "blockdev:/nowhere", "--require-mount"], ["backup", "--stdin", "x"],
      ["snapshots", "--quiet", "--verbose"],
    ])
  func usage(arguments: [String]) throws {
    let workshop = try Workshop(initializing: false)
    let result = try BuiltCommand.run(arguments, environment: workshop.environment)
    #expect(result.status == 2, "\(arguments): \(result.errors)")
    #expect(result.errors.hasPrefix("firn: "))
    #expect(result.output.isEmpty)
  }

  @Test("takes what every command takes before its name as well, as restic does")
  func leadingOptions() throws {
    let workshop = try Workshop()
    let place = workshop.repository
    workshop.environment["FIRN_REPOSITORY"] = nil
    try workshop.done("-r", place, "--quiet", "backup", "--", workshop.tree)
    let behind = try workshop.done("snapshots", "--json", "-r", place).text
    #expect(behind.contains("\"paths\""))
    #expect(try workshop.done("-r", place, "--json", "snapshots").text == behind)
    #expect(try workshop.done("--json", "--repo=\(place)", "snapshots").text == behind)
    #expect(try workshop.done("--json", "snapshots", "-r", place).text == behind)
    #expect(try workshop.firn("-r", place).status == 2)
    // What stands behind the command counts, as with an alias that has a place in it.
    #expect(try workshop.done("--repo", "/nowhere", "--json", "snapshots", "-r", place).text == behind)
    #expect(try workshop.done("-r", place, "snapshots", "--json", "--repo=\(place)").text == behind)
    #expect(try workshop.firn("-r", place, "snapshots", "-r", "/nowhere").status == 10)
    #expect(try workshop.firn("--require-mount", "-r", "sftp://host/x", "snapshots").errors.contains("--require-mount"))
    #expect(try workshop.firn("--accept-volume", "-r", "sftp://host/x", "snapshots").errors.contains("--accept-volume"))
  }

  @Test(
    "refuses names of repositories, caches and password files that are not UTF-8, with 2",
    arguments: [
      "snapshots -r BAD", "snapshots --password-file BAD", "snapshots --cache-dir BAD", "init -r BAD",
      "init -r new --like BAD", "init -r new --like x --like-password-file BAD", "copy --to BAD",
      "copy --to x --to-password-file BAD", "key add --new-password-file BAD", "volume info BAD",
    ])
  func refusedNames(command: String) throws {
    let workshop = try Workshop(initializing: false)
    let words = command.replacing("BAD", with: "\"$BAD\"")
    try workshop.shell("BAD=$(printf 'caf\\351') && '\(BuiltCommand.path)' \(words) 2>errors; [ $? -eq 2 ]")
    #expect(try workshop.shell("cat errors").contains("caf\\xe9"))
    #expect(try workshop.shell("ls") == "errors\ntree\n")
  }

  @Test(
    "refuses variables with such names",
    arguments: ["FIRN_REPOSITORY", "FIRN_PASSWORD_FILE", "FIRN_CACHE_DIR", "XDG_CACHE_HOME", "HOME"])
  func refusedVariables(variable: String) throws {
    let workshop = try Workshop()
    for name in ["FIRN_PASSWORD", "FIRN_CACHE_DIR"] where name != variable { workshop.environment[name] = nil }
    if variable != "FIRN_PASSWORD_FILE" { workshop.environment["FIRN_PASSWORD"] = "correct" }
    let value = "\(variable)=$(printf '\(workshop.root)/caf\\351')"
    try workshop.shell("env \"\(value)\" '\(BuiltCommand.path)' snapshots 2>errors; [ $? -eq 2 ]")
    #expect(try workshop.shell("cat errors").contains("\(variable): "))
  }

  @Test("says where a missing repository was looked for, with 10")
  func missingRepository() throws {
    let workshop = try Workshop(initializing: false)
    let result = try workshop.firn("snapshots")
    #expect(result.status == 10)
    #expect(result.errors.contains(workshop.repository))
    #expect(result.errors.contains("hint: "))
    let json = try workshop.firn("backup", "--json", workshop.tree)
    #expect(json.status == 10)
    #expect(json.errors.contains("\"code\":10"))
    #expect(try workshop.shell("ls").contains("repository") == false, "backup makes no repository")
  }

  @Test("says that a password is wrong, with 12")
  func wrongPassword() throws {
    let workshop = try Workshop()
    workshop.environment["FIRN_PASSWORD"] = "wrong"
    let result = try workshop.firn("snapshots")
    #expect(result.status == 12)
    #expect(result.errors.hasPrefix("firn: "))
  }

  @Test("says that the repository is damaged, with 13")
  func damaged() throws {
    let workshop = try Workshop()
    try workshop.shell("printf garbage > repository/snapshots/00112233445566778899aabbccddeeff")
    let result = try workshop.firn("snapshots")
    #expect(result.status == 13)
    #expect(result.errors.contains("00112233445566778899aabbccddeeff"))
    // The backup itself lacks nothing.
    let backup = try workshop.firn("backup", workshop.tree, "--json")
    #expect(backup.status == 13 && backup.text.contains("\"errors\":0"), "\(backup.text)")
    let id = try #require(try workshop.firn("snapshots", "--json").text.firstMatch(of: /"id":"([0-9a-f]+)"/)?.1)
    for name in ["latest", "latest~1", "2100-01-01"] {
      let unknown = try workshop.firn("ls", name)
      #expect(unknown.status == 13 && unknown.errors.contains("can't be told"), "\(unknown.errors)")
      #expect(try workshop.firn("forget", name).status == 13)
    }
    #expect(try workshop.firn("ls", "0011").status == 13)
    #expect(try workshop.firn("ls", String(id)).status == 0)
  }

  @Test("deletes a cache that is damaged, and fills another one when it is run again")
  func damagedCache() throws {
    let workshop = try Workshop()
    try workshop.done("backup", workshop.tree)
    try workshop.shell("cp -r cache good")
    var failures = 0
    // What LMDB meets there makes it fail with zeros, and lose its way with ones.
    for (byte, page) in [("000", 11), ("000", 12), ("377", 11), ("377", 12), ("377", 13)] {
      try workshop.shell(
        """
        rm -r cache && cp -r good cache && head -c 4096 /dev/zero | tr '\\000' '\\\(byte)' >page
        for f in cache/*/data.mdb; do dd if=page of=$f bs=4k seek=\(page) conv=notrunc status=none; done
        """)
      let result = try workshop.firn("backup", "--force", workshop.tree)
      guard result.status != 0 else { continue }
      failures += 1
      #expect(result.status == 1 && result.errors.contains("run the command again"), "page \(page): \(result.errors)")
      try workshop.done("backup", workshop.tree)
    }
    #expect(failures > 0)
    try workshop.done("check", "--read-data")
  }

  @Test("writes no message into a file that got the number of a closed stream")
  func closedStreams() throws {
    let workshop = try Workshop()
    try workshop.shell(
      "for close in '<&-' '>&-' '2>&-' '<&- >&- 2>&-'; do "
        + "sh -c \"'\(BuiltCommand.path)' backup tree missing $close\" >/dev/null 2>&1; [ $? = 3 ] || exit 9; done")
    try workshop.done("check", "--read-data")
    #expect(try workshop.shell("grep -rac 'firn: ' cache repository | grep -v ':0$' || :").isEmpty)
  }

  @Test("finds the user's directory without HOME")
  func noHome() throws {
    let workshop = try Workshop(initializing: false)
    workshop.environment["HOME"] = nil
    workshop.environment["FIRN_CACHE_DIR"] = nil
    let result = try workshop.firn("snapshots")
    #expect(result.status == 10 && !result.errors.contains("HOME"), "\(result.errors)")
  }

  @Test("leaves nothing where a new repository got no password")
  func noPassword() throws {
    let workshop = try Workshop(initializing: false)
    workshop.environment["FIRN_PASSWORD"] = nil
    #expect(try workshop.firn("init").status == 2)
    #expect(try workshop.firn("init", "--password-file", "/nowhere/x").status == 2)
    #expect(try workshop.shell("ls").contains("repository") == false)
  }

  @Test("lets no message do anything to the terminal")
  func harmlessMessages() throws {
    let workshop = try Workshop()
    let result = try workshop.firn("snapshots", "--cache-dir", "/dev/null/\u{1B}[31mred")
    #expect(result.status == 0 && result.errors.contains("no cache can be kept in /dev/null/\\u{1b}[31mred"))
  }

  @Test("ends quietly when its reader goes away")
  func brokenPipe() throws {
    let workshop = try Workshop()
    try workshop.shell("i=0; while [ $i -lt 3000 ]; do : > tree/a-rather-long-name-$i; i=$((i+1)); done")
    try workshop.done("backup", workshop.tree)
    let text = try workshop.shell("'\(BuiltCommand.path)' ls latest 2>errors | head -n 1; cat errors")
    #expect(text == "/tmp\n")
  }

  @Test("keeps arguments that are not UTF-8", arguments: [[0xFF], [0x61, 0xC3, 0x62], [0xF4, 0x8F, 0xBE, 0x80]])
  func rawArguments(bytes: [UInt8]) {
    #expect(RawArguments.bytes(RawArguments.text(bytes)) == bytes)
  }

  @Test("does without a cache where there is no room for one", .enabled(if: geteuid() == 0, "needs root"))
  func fullCache() throws {
    let workshop = try Workshop()
    try workshop.write("content", to: "a")
    try workshop.shell("mkdir small && mount -t tmpfs -o size=300k none small")
    defer { _ = try? workshop.shell("umount small") }
    workshop.environment["FIRN_CACHE_DIR"] = workshop.root + "/small/cache"
    workshop.environment["TMPDIR"] = workshop.root + "/small"
    let taken = try workshop.done("backup", workshop.tree)
    #expect(taken.errors.contains("no cache can be kept"), "\(taken.errors)")
    #expect(try workshop.done("dump", "latest", workshop.tree + "/a").text == "content")
    #expect(try workshop.shell("ls -A small") == "")
  }

  @Test("leaves a temporary cache nowhere")
  func noCache() throws {
    let workshop = try Workshop()
    workshop.environment["TMPDIR"] = workshop.root + "/tmp"
    try workshop.shell("mkdir tmp; rm -rf cache")
    try workshop.done("snapshots", "--no-cache")
    #expect(try workshop.shell("ls tmp").isEmpty)
    #expect(try !workshop.shell("ls").contains("cache"))
  }
}
