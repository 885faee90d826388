import BackendTestSupport
import Testing

@testable import Commands

@Suite("copy, init --like")
struct CopyTests {
  private let workshop: Workshop

  init() throws {
    workshop = try Workshop()
    workshop.environment["FIRN_TO_PASSWORD"] = "target"
    try workshop.shell("mkdir tree/sub && seq 20000 > tree/numbers && echo two > tree/sub/two")
    try workshop.done("backup", "--tag", "first", "--label", "numbers", workshop.tree)
    try workshop.shell("seq 20 > tree/new && head -c 100000 /dev/urandom > tree/random")
    try workshop.done("backup", "--host", "other", workshop.tree)
    try workshop.done("pin", "latest")
  }

  /// Makes a repository whose password is "target".
  private func makeTarget(_ name: String = "target", at place: String? = nil, like: Bool = false) throws -> String {
    let place = place ?? "\(workshop.root)/\(name)"
    let options = like ? ["--like", workshop.repository] : []
    var environment = workshop.environment
    environment["FIRN_PASSWORD"] = "target"
    environment["FIRN_LIKE_PASSWORD"] = "correct"
    let result = try BuiltCommand.run(
      ["init", "-r", place, "--kdf-cost", "14"] + options, environment: environment, input: [])
    #expect(result.status == 0, "\(result.errors)")
    return place
  }

  /// Runs a command on a target.
  private func on(_ target: String, _ arguments: String...) throws -> CommandResult {
    var environment = workshop.environment
    environment["FIRN_PASSWORD"] = "target"
    let result = try BuiltCommand.run(
      arguments + ["-r", target], environment: environment, input: [])
    #expect(result.status == 0, "\(arguments): \(result.errors)")
    return result
  }

  @Test("every snapshot comes to the target as it is, and to none that has it", arguments: [false, true])
  func everything(isLike: Bool) throws {
    let target = try makeTarget(like: isLike)
    let dry = try workshop.done("copy", "--to", target, "--dry-run", "--json")
    #expect(
      try workshop.json(dry, "[x['message_type'] for x in d], d[-1]['targets'][0]['copied']")
        == "(['copied', 'copied', 'summary'], 2)")
    #expect(try workshop.json(on(target, "snapshots", "--json"), "d[0]") == "[]")
    let copied = try workshop.done("copy", "--to", target, "--json")
    #expect(try workshop.isJSONLines(copied))
    let fields =
      "[(x['time'], x['host'], x['tags'], x['label'], x['pinned'], x['paths'], x['statistics']) for x in d[0]]"
    #expect(
      try workshop.json(on(target, "snapshots", "--json"), fields)
        == workshop.json(workshop.done("snapshots", "--json"), fields))
    #expect(
      try workshop.json(on(target, "snapshots", "--json"), "[x['id'] for x in d[0]]")
        == workshop.json(copied, "[x['new_id'] for x in d if x['message_type'] == 'copied']"))
    _ = try on(target, "check", "--read-data")
    _ = try on(target, "restore", "latest", "--target", workshop.root + "/restored")
    try workshop.shell("diff -r tree restored\(workshop.tree)")
    let again = try workshop.done("copy", "--to", target)
    #expect(again.text == "\(target): 2 there already\n")
    // A backup that reads every file finds what was copied if the target is like the source.
    let backup = try on(target, "backup", workshop.tree, "--force", "--json")
    #expect(try workshop.json(backup, "d[-1]['new_bytes'] < 100000") == (isLike ? "True" : "False"))
  }

  @Test("what comes back follows what it followed there")
  func back() throws {
    let target = try makeTarget()
    try workshop.done("copy", "--to", target)
    try workshop.shell("echo more > tree/more")
    _ = try on(target, "backup", "--host", "other", workshop.tree)
    var environment = workshop.environment
    environment["FIRN_PASSWORD"] = "target"
    environment["FIRN_TO_PASSWORD"] = "correct"
    let copied = try BuiltCommand.run(["copy", "-r", target, "--to", workshop.repository], environment: environment)
    #expect(copied.status == 0, "\(copied.errors)")
    #expect(try workshop.json(workshop.done("snapshots", "--json"), "len(d[0])") == "3")
    let check = try workshop.done("check", "--json")
    #expect(!check.text.contains("followed"), "\(check.text)")
  }

  @Test("snapshots are chosen by name and by filter, the oldest first")
  func selection() throws {
    let target = try makeTarget()
    try workshop.done("copy", "--to", target, "--tag", "first")
    #expect(try workshop.json(on(target, "snapshots", "--json"), "[x['label'] for x in d[0]]") == "['numbers']")
    try workshop.done("copy", "--to", target, "latest")
    #expect(
      try workshop.json(on(target, "snapshots", "--json"), "[x['host'] == 'other' for x in d[0]]") == "[False, True]")
    #expect(try workshop.firn("copy", "--to", target, "00000000").status == 1)
  }

  @Test(
    "targets that can't be used are named, the others get everything, and the exit code is of the first that failed")
  func failures() throws {
    let (first, second) = (try makeTarget("one"), try makeTarget("two"))
    let (wrong, right) = (try workshop.passwordFile("wrong"), try workshop.passwordFile("target"))
    let result = try workshop.firn(
      "copy", "--to", first, "--to", workshop.root + "/nothing", "--to", second, "--to-password-file", right,
      "--to-password-file", right, "--to-password-file", wrong)
    #expect(result.status == 10)
    #expect(result.errors.contains("\(workshop.root)/nothing: ") && result.errors.contains("\(second): "))
    #expect(try workshop.json(on(first, "snapshots", "--json"), "len(d[0])") == "2")
    #expect(try workshop.json(on(second, "snapshots", "--json"), "len(d[0])") == "0")
    let refused = try workshop.firn("copy", "--to", second, "--to-password-file", wrong)
    #expect(refused.status == 12 && refused.errors.contains("--to-password-file"), "\(refused.errors)")
    #expect(
      try workshop.firn("copy", "--to", second, "--to", first, "--to-password-command", "echo target").status == 0)
    #expect(try workshop.json(on(second, "snapshots", "--json"), "len(d[0])") == "2")
  }

  @Test("what makes no sense is refused before anything is copied")
  func usage() throws {
    let target = try makeTarget()
    try workshop.shell("cp -r repository twin && ln -s target link")
    let files = ["--to-password-file", "a", "--to-password-file", "b"]
    for arguments in [
      ["copy"], ["copy", "--to", workshop.repository], ["copy", "--to", target, "--to", target],
      ["copy", "--to", target] + files, ["copy", "--to", target, "--to", "x", "--to", "y"] + files,
      ["init", "-r", workshop.root + "/new", "--like", workshop.repository, "--chunk-size", "64K"],
      ["copy", "--to", workshop.root + "/twin", "--to-password-command", "echo correct"],
      ["copy", "--to", target, "--to", workshop.root + "/link"],
    ] {
      let result = try BuiltCommand.run(arguments, environment: workshop.environment, input: [])
      #expect(result.status == 2, "\(arguments): \(result.errors)")
    }
    #expect(try workshop.json(on(target, "snapshots", "--json"), "len(d[0])") == "0")
  }

  @Test("who interrupts the question for a target's password ends the command")
  func interruptedPrompt() throws {
    let (first, second) = (try makeTarget("one"), try makeTarget("two"))
    workshop.environment["FIRN_TO_PASSWORD"] = nil
    let (status, shown) = try workshop.onTerminal(
      "copy", "--to", first, "--to", second, answers: ["target\n", "\u{3}"])
    #expect(status == "130", "\(shown)")
    #expect(!shown.contains("nothing more is copied"))
    #expect(try workshop.json(on(first, "snapshots", "--json"), "len(d[0])") == "0")
  }

  @Test("a file that can't be read keeps its snapshots back, and is named")
  func damage() throws {
    let target = try makeTarget()
    // The largest pack is the second snapshot's, which has what is random.
    try workshop.shell(
      "pack=$(ls -S repository/packs/*/* | head -1) && chmod 600 $pack && printf x | dd of=$pack bs=1 seek=50000 conv=notrunc 2>&1"
    )
    let result = try workshop.firn("copy", "--to", target)
    #expect(result.status == 13)
    #expect(result.errors.contains("affects \(workshop.tree)/random"))
    #expect(try workshop.json(on(target, "snapshots", "--json"), "len(d[0])") == "1")
    _ = try on(target, "check", "--read-data")
  }

  @Test("a cache that is damaged is deleted, the target's as well, and the next run fills another one")
  func damagedCache() throws {
    let source = try workshop.shell("ls cache")
    let target = try makeTarget()
    try workshop.done("copy", "--to", target)
    let cache = try #require(try workshop.shell("ls cache").split(separator: "\n").first { !source.contains($0) })
    try workshop.shell("echo more > tree/more")
    try workshop.done("backup", workshop.tree)
    try workshop.shell("cp -r cache good && cp -r target before")
    var failures = 0
    for page in 9...14 {
      try workshop.shell(
        """
        rm -r cache target && cp -r good cache && cp -r before target
        dd if=/dev/zero of=cache/\(cache)/data.mdb bs=4k seek=\(page) count=1 conv=notrunc status=none
        """)
      let result = try workshop.firn("copy", "--to", target)
      guard result.status != 0 else { continue }
      failures += 1
      #expect(result.status == 1 && result.errors.contains("run the command again"), "page \(page): \(result.errors)")
      try workshop.done("copy", "--to", target)
    }
    #expect(failures > 0)
    _ = try on(target, "check", "--read-data")
  }

  @Test("goes to another machine and comes back")
  func server() throws {
    let server = try SSHServer.shared.get()
    workshop.environment["HOME"] = server.directory + "/home"
    let target = try makeTarget(at: "sftp://127.0.0.1:\(server.port)\(workshop.root)/remote")
    try workshop.done("copy", "--to", target)
    _ = try on(target, "check", "--read-data")
    let home = try makeTarget("home", like: true)
    var environment = workshop.environment
    environment["FIRN_PASSWORD"] = "target"
    let back = try BuiltCommand.run(["copy", "-r", target, "--to", home], environment: environment, input: [])
    #expect(back.status == 0, "\(back.errors)")
    _ = try on(home, "restore", "latest", "--target", workshop.root + "/restored")
    try workshop.shell("diff -r tree restored\(workshop.tree)")
    let down = try workshop.firn("copy", "--to", "sftp://127.0.0.1:1\(workshop.root)/remote", "--to", home)
    #expect(down.status == 16)
    #expect(down.text.contains("\(home): 2 there already"))
  }
}
