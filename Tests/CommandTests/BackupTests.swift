import Glibc
import Testing

@testable import Commands

@Suite("backup")
struct BackupTests {
  @Test("saves a tree, and reads nothing that is unchanged the next time")
  func incremental() throws {
    let workshop = try Workshop()
    try workshop.shell("head -c 300000 /dev/urandom > tree/a; head -c 1000 /dev/urandom > tree/b")
    let first = try workshop.done("backup", "--json", workshop.tree)
    #expect(try workshop.json(first, "d[-1]['files'], d[-1]['files_unchanged'], d[-1]['errors']") == "(2, 0, 0)")
    // Directories above the tree belong to the snapshot, and other tests change /tmp.
    let isSmall = "d[-1]['new_bytes'] < 100000"
    let second = try workshop.done("backup", "--json", workshop.tree)
    #expect(try workshop.json(second, "d[-1]['files_unchanged'], \(isSmall)") == "(2, True)")
    let forced = try workshop.done("backup", "--json", "--force", workshop.tree)
    #expect(try workshop.json(forced, "d[-1]['files_unchanged'], \(isSmall)") == "(0, True)")
    #expect(try workshop.json(workshop.done("snapshots", "--json"), "len(d[0])") == "3")
  }

  @Test("says what is new and what has changed, to those who want to know")
  func verbose() throws {
    let workshop = try Workshop()
    try workshop.shell("mkdir tree/d; echo 1 > tree/d/a; echo 1 > tree/d/b; ln -s a tree/link")
    let tree = workshop.tree
    func told(_ result: CommandResult) -> [String] {
      result.text.split(separator: "\n").map(String.init).filter { $0.contains("\(tree)/") }.sorted()
    }
    #expect(
      told(try workshop.done("backup", "-v", tree))
        == ["d", "d/a", "d/b", "link"].map { "added \(tree)/\($0)" })
    try workshop.shell("sleep 0.01; echo 22 > tree/d/a; echo 1 > tree/d/c; chmod 700 tree/d; rm tree/link")
    #expect(
      told(try workshop.done("backup", "-v", tree))
        == ["added \(tree)/d/c", "changed \(tree)/d", "changed \(tree)/d/a"])
    #expect(told(try workshop.done("backup", "-v", tree)) == [])
    try workshop.shell(#"echo 3 > "$(printf 'tree/d/new\nline')""#)
    let json = try workshop.done("backup", "-v", "--json", tree)
    let added = "[x['path'][-8:] for x in d if x['message_type'] == 'backed_up' and x['action'] == 'added']"
    #expect(try workshop.json(json, added) == #"['new\nline']"#)
    #expect(told(try workshop.done("backup", tree)) == [])
  }

  @Test("does without a cache where none can be kept, and says so")
  func noCache() throws {
    let workshop = try Workshop()
    try workshop.write("x", to: "a")
    workshop.environment["FIRN_CACHE_DIR"] = workshop.tree + "/a/cache"
    let result = try workshop.done("backup", workshop.tree)
    #expect(result.errors.contains("no cache can be kept in \(workshop.tree)/a/cache"))
    #expect(try workshop.done("dump", "latest", workshop.tree + "/a").text == "x")
  }

  @Test("stores as small as it is told")
  func compression() throws {
    let workshop = try Workshop()
    try workshop.shell("seq 1 60000 > tree/a")
    let sizes = try ["off", "better"].map { level in
      let result = try workshop.done("backup", "--dry-run", "--json", "--compression", level, workshop.tree)
      return try #require(Int(workshop.json(result, "d[-1]['stored_bytes']")))
    }
    #expect(sizes[0] > 300_000 && sizes[1] < 100_000, "\(sizes)")
    #expect(try workshop.firn("backup", "--compression", "much", workshop.tree).status == 2)
  }

  @Test("reports what it can't read, saves the rest, and exits with 3")
  func unreadable() throws {
    let workshop = try Workshop()
    try workshop.write("one", to: "a")
    let result = try workshop.firn("backup", workshop.tree, workshop.root + "/missing")
    #expect(result.status == 3)
    #expect(result.errors.contains("\(workshop.root)/missing"))
    #expect(try workshop.done("dump", "latest", workshop.tree + "/a").text == "one")
    #expect(try workshop.firn("backup", workshop.root + "/missing").status == 1)
  }

  @Test("takes paths from files, names that are not UTF-8 included")
  func filesFrom() throws {
    let workshop = try Workshop()
    try workshop.shell(
      #"cd tree && : > "$(printf 'bad\377name')" && : > other && printf '%s/bad\377name\0' "$PWD" > ../raw"#)
    try workshop.done("backup", "--files-from-raw", workshop.root + "/raw")
    let listing = try workshop.done("ls", "latest")
    #expect(listing.text.contains(#"/tree/bad\xffname"#))
    #expect(!listing.text.contains("other"))
    let json = try workshop.done("ls", "latest", "--json")
    #expect(try workshop.json(json, "d[-1]['name_base64']") == "YmFk/25hbWU=")
    try workshop.shell("echo '\(workshop.tree)/other' > list")
    try workshop.done("backup", "--files-from", workshop.root + "/list")
    #expect(try workshop.done("ls", "latest").text.contains("other"))
  }

  @Test("leaves out what patterns, caches, sizes and ignore files say")
  func exclusions() throws {
    let workshop = try Workshop()
    try workshop.shell(
      """
      cd tree && mkdir cache present sub && : > a.o && : > B.TMP && : > keep && : > sub/ignored && echo ignored > sub/.ignore
      printf 'Signature: 8a477f597d28d172789f06886806bc55' > cache/CACHEDIR.TAG && : > cache/x
      : > present/.nobackup && : > present/y && head -c 5000 /dev/zero > large && printf '# c\\n *.bak \\n' > ../patterns && : > z.bak
      """)
    try workshop.done(
      "backup", "--exclude", "*.o", "--iexclude", "*.tmp", "--exclude-file", workshop.root + "/patterns",
      "--exclude-caches", "--exclude-if-present", ".nobackup", "--exclude-larger-than", "4k", "--ignore-file",
      ".ignore",
      workshop.tree)
    let names = try workshop.done("ls", "latest:" + workshop.tree).lines.map { $0.dropFirst(workshop.tree.count + 1) }
    #expect(names.filter { !$0.isEmpty } == ["cache", "keep", "present", "sub", "sub/.ignore"])
  }

  @Test("saves no snapshot of what hasn't changed, where that is wanted")
  func skipIfUnchanged() throws {
    let workshop = try Workshop()
    try workshop.write("one", to: "a")
    let first = try workshop.done("backup", "--skip-if-unchanged", "--json", workshop.tree)
    let id = try workshop.json(first, "d[-1]['snapshot_id']")
    let second = try workshop.done("backup", "--skip-if-unchanged", "--json", workshop.tree)
    #expect(
      try workshop.json(second, "d[-1]['identical_to'], d[-1]['dry_run'], 'snapshot_id' in d[-1]")
        == "('\(id)', False, False)")
    let said = try workshop.done("backup", "--skip-if-unchanged", workshop.tree).text
    #expect(said.contains("unchanged since snapshot \(id.prefix(8)): no snapshot saved"))
    #expect(try workshop.json(workshop.done("snapshots", "--json"), "len(d[0])") == "1")
    #expect(try workshop.json(workshop.done("intents", "--json"), "len(d[0])") == "0")
    // Less than before is a change, and so is a problem that has gone.
    let missing = try workshop.firn("backup", "--skip-if-unchanged", workshop.tree, workshop.root + "/missing")
    #expect(missing.status == 3 && missing.text.contains(" saved in "))
    let again = try workshop.firn("backup", "--skip-if-unchanged", workshop.tree, workshop.root + "/missing")
    #expect(again.status == 3 && again.text.contains("no snapshot saved"))
    try workshop.shell("rm tree/a")
    #expect(try !workshop.done("backup", "--skip-if-unchanged", workshop.tree).text.contains("no snapshot saved"))
    try workshop.done("backup", workshop.tree)
    #expect(try workshop.json(workshop.done("snapshots", "--json"), "len(d[0])") == "4")
    for other in ["--force", "--stdin"] {
      #expect(try workshop.firn("backup", "--skip-if-unchanged", other, workshop.tree).status == 2)
    }
  }

  @Test("says what is not saved of a path that is a link to a directory, or a block device")
  func linksAndDevices() throws {
    let workshop = try Workshop()
    try workshop.shell("mkdir tree/real && : > tree/real/file && ln -s real tree/way")
    let link = try workshop.done("backup", workshop.tree + "/way")
    #expect(link.errors.contains("\(workshop.tree)/way is a symbolic link, and only that is saved"))
    #expect(link.errors.contains("\(workshop.tree)/real\n"))
    #expect(try workshop.done("backup", workshop.tree).errors == "")
    guard geteuid() == 0 else { return }
    try workshop.shell("mknod tree/disk b 7 250")
    let device = try workshop.firn("backup", workshop.tree + "/disk")
    #expect(device.status == 3)
    #expect(device.errors.contains("--stdin"))
    #expect(try workshop.firn("backup", workshop.tree).status == 0)
  }

  @Test("publishes nothing when the command whose output it saves fails")
  func failingCommand() throws {
    let workshop = try Workshop()
    let result = try workshop.firn(
      "backup", "--stdin-from-command", "--", "sh", "-c", "echo data; echo why >&2; exit 3")
    #expect(result.status == 1)
    #expect(result.errors.contains("why\n"))
    #expect(result.errors.contains("sh exited with status 3"))
    #expect(try workshop.json(workshop.done("snapshots", "--json"), "len(d[0])") == "0")
    #expect(try workshop.firn("backup", "--stdin-from-command", "--", "/nonexistent/program").status == 1)
    let empty = try workshop.firn("backup", "--stdin-from-command", "--", "true")
    #expect(empty.status == 1 && empty.errors.contains("printed nothing"), "\(empty.errors)")
    // The command was meant, and would be taken for paths.
    #expect(try workshop.firn("backup", "--stdin-filename", "db.sql", "--", workshop.tree).status == 2)
    #expect(try workshop.json(workshop.done("snapshots", "--json"), "len(d[0])") == "0")
  }

  @Test("saves standard input and the output of commands as one file")
  func streams() throws {
    let workshop = try Workshop()
    try workshop.done("backup", "--stdin-from-command", "--stdin-filename", "dumps/db.sql", "--", "seq", "1", "100000")
    #expect(try workshop.done("dump", "latest", "dumps/db.sql").text == workshop.shell("seq 1 100000"))
    #expect(try workshop.firn("backup", "--stdin", input: Array("typed".utf8)).status == 0)
    #expect(try workshop.done("dump", "latest", "/stdin").text == "typed")
  }

  @Test("labels its snapshots")
  func labels() throws {
    let workshop = try Workshop()
    try workshop.done(
      "backup", "--tag", "a,b", "--tag", "c", "--host", "there", "--label", "before the move", "--time",
      "2020-02-03T04:05:06Z", workshop.tree)
    let json = try workshop.done("snapshots", "--json")
    #expect(
      try workshop.json(json, "[d[0][0][k] for k in ('tags', 'host', 'label', 'time')]")
        == "[['a', 'b', 'c'], 'there', 'before the move', '2020-02-03T04:05:06Z']")
  }

  @Test("saves nothing in a dry run")
  func dryRun() throws {
    let workshop = try Workshop()
    try workshop.write("one", to: "a")
    let result = try workshop.done("backup", "--dry-run", "--json", workshop.tree)
    #expect(try workshop.json(result, "d[-1]['dry_run'], d[-1]['files'], 'snapshot_id' in d[-1]") == "(True, 1, False)")
    #expect(try workshop.json(workshop.done("snapshots", "--json"), "len(d[0])") == "0")
  }

  @Test("ends in order on SIGINT, and the next run goes on")
  func interruption() throws {
    let workshop = try Workshop()
    let running = try BuiltCommand.start(
      ["backup", "--stdin-from-command", "--", "sh", "-c", "head -c 300000 /dev/urandom; sleep 30"],
      environment: workshop.environment)
    usleep(700_000)
    running.signal(SIGINT)
    let result = try running.wait()
    #expect(result.status == 130, "\(result.errors)")
    #expect(result.errors.contains("hint: what was done is kept"))
    #expect(try workshop.json(workshop.done("snapshots", "--json"), "len(d[0])") == "0")

    try workshop.shell("head -c 200000000 /dev/urandom > tree/large")
    let backup = try BuiltCommand.start(["backup", workshop.tree], environment: workshop.environment)
    usleep(250_000)
    backup.signal(SIGTERM)
    let cut = try backup.wait()
    #expect(cut.status == 130 || cut.status == 0, "\(cut.errors)")
    try workshop.done("backup", workshop.tree)
    try workshop.done("check")
    try workshop.done("restore", "latest:" + workshop.tree, "--target", workshop.root + "/out")
    try workshop.shell("cmp tree/large out/large")
  }
}
