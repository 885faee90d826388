import Testing

@testable import Commands

@Suite("Keys and passwords")
struct KeyTests {
  @Test("a write key takes snapshots and can't look into them")
  func writeRole() throws {
    let workshop = try Workshop()
    try workshop.write("secret", to: "a")
    try workshop.done("backup", workshop.tree)
    let file = try workshop.passwordFile("writer")
    try workshop.done("key", "add", "--role", "write", "--new-password-file", file, "--kdf-cost", "14")
    workshop.environment["FIRN_PASSWORD"] = "writer"
    try workshop.write("more", to: "b")
    let backup = try workshop.done("backup", "--json", workshop.tree)
    #expect(try workshop.json(backup, "d[-1]['files'], d[-1]['files_unchanged']") == "(2, 1)")
    try workshop.done("snapshots")
    #expect(try workshop.done("check").text.contains("whether every file is complete was not checked"))
    for arguments in [
      ["ls", "latest"], ["find", "a"], ["dump", "latest", workshop.tree + "/a"], ["diff", "latest~1", "latest"],
      ["restore", "latest", "--target", workshop.root + "/out"], ["cat", "tree", "latest:/"], ["stats", "latest"],
    ] {
      let result = try BuiltCommand.run(arguments, environment: workshop.environment)
      #expect(result.status == 1, "\(arguments)")
      #expect(result.errors.contains("role \"write\""), "\(arguments): \(result.errors)")
      #expect(result.output.isEmpty, "\(arguments)")
    }
    workshop.environment["FIRN_PASSWORD"] = "correct"
    #expect(try workshop.done("dump", "latest", workshop.tree + "/b").text == "more")
  }

  @Test("a password is changed: the new one opens, the old one no longer does")
  func change() throws {
    let workshop = try Workshop()
    let file = try workshop.passwordFile("new")
    try workshop.done("key", "change", "--new-password-file", file, "--kdf-cost", "14")
    #expect(try workshop.firn("snapshots").status == 12)
    try workshop.done("snapshots", "--password-file", file)
    try workshop.done("snapshots", "--password-command", "cat '\(file)'")
    #expect(try workshop.firn("snapshots", "--password-command", "exit 4").status == 1)
  }

  @Test("a change that was cut off when it had stored the new slot is completed when it is run again")
  func changeCutOff() throws {
    let workshop = try Workshop()
    let file = try workshop.passwordFile("new")
    try workshop.done("key", "add", "--new-password-file", file, "--kdf-cost", "14")
    try workshop.done("key", "change", "--new-password-file", file, "--kdf-cost", "14")
    #expect(try workshop.firn("snapshots").status == 12)
    workshop.environment["FIRN_PASSWORD"] = "new"
    #expect(try workshop.json(workshop.done("key", "list", "--json"), "len(d[0])") == "1")
  }

  @Test("no password opens two slots")
  func inUse() throws {
    let workshop = try Workshop()
    let file = try workshop.passwordFile("correct")
    let refused = try workshop.firn("key", "add", "--role", "write", "--new-password-file", file, "--kdf-cost", "14")
    #expect(refused.status == 2 && refused.errors.contains("already"), "\(refused.errors)")
    #expect(try workshop.json(workshop.done("key", "list", "--json"), "len(d[0])") == "1")
    // The one that is replaced may have it.
    try workshop.done("key", "change", "--new-password-file", file, "--kdf-cost", "15")
    #expect(try workshop.json(workshop.done("key", "list", "--json"), "len(d[0])") == "1")
  }

  @Test("the password that is changed is asked for once")
  func changeAskingOnce() throws {
    let workshop = try Workshop()
    let file = try workshop.passwordFile("new")
    try workshop.shell("echo correct > once")
    let once = "cat '\(workshop.root)/once' && rm '\(workshop.root)/once'"
    try workshop.done("key", "change", "--password-command", once, "--new-password-file", file, "--kdf-cost", "14")
    try workshop.done("snapshots", "--password-file", file)
  }

  @Test("slots are listed, added and removed, but not the last that can read")
  func slots() throws {
    let workshop = try Workshop()
    let file = try workshop.passwordFile("second")
    try workshop.done("key", "add", "--new-password-file", file, "--label", "spare", "--kdf-cost", "14")
    let list = try workshop.done("key", "list", "--json")
    #expect(
      try workshop.json(list, "sorted(x['label'] for x in d[0]), [x['role'] for x in d[0]]")
        == "(['', 'spare'], ['full', 'full'])")
    let spare = try workshop.json(list, "[x['id'] for x in d[0] if x['label'] == 'spare'][0]")
    try workshop.done("key", "remove", String(spare.prefix(12)))
    #expect(try workshop.firn("snapshots", "--password-file", file).status == 12)
    let last = try workshop.json(workshop.done("key", "list", "--json"), "d[0][0]['id']")
    let refused = try workshop.firn("key", "remove", last)
    #expect(refused.status == 1)
    #expect(refused.errors.contains("last"))
  }

  @Test("init refuses a place that is taken, and impossible sizes")
  func initialize() throws {
    let workshop = try Workshop()
    #expect(try workshop.firn("init", "--kdf-cost", "14").status == 1)
    #expect(try workshop.firn("init", "-r", workshop.tree + "/r", "--chunk-size", "100k").status == 2)
    try workshop.done(
      "init", "-r", workshop.tree + "/r", "--chunk-size", "1M", "--pack-size", "16M", "--kdf-cost", "14")
    let config = try workshop.done("cat", "config", "-r", workshop.tree + "/r")
    #expect(try workshop.json(config, "d[0]['average_chunk_size'], d[0]['pack_target']") == "(1048576, 16777216)")
  }

  @Test("the password is asked for on the terminal when nothing else gives it")
  func prompt() throws {
    let workshop = try Workshop()
    workshop.environment["FIRN_PASSWORD"] = nil
    let (status, shown) = try workshop.onTerminal("snapshots", answers: ["correct\n"])
    #expect(status == "0", "\(shown)")
    #expect(!shown.contains("correct"))
    #expect(shown.contains("no snapshots"))
    #expect(
      try BuiltCommand.run("setsid", ["-w", BuiltCommand.path, "snapshots"], environment: workshop.environment).status
        == 2)
  }
}
