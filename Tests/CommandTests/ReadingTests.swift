import Testing

@testable import Commands

@Suite("Looking into snapshots")
struct ReadingTests {
  private func workshopWithTwoSnapshots() throws -> Workshop {
    let workshop = try Workshop()
    try workshop.shell(
      "cd tree && mkdir sub && echo one > a && echo two > sub/b && ln -s a link && mkfifo pipe && touch -d 2020-01-01 a"
    )
    try workshop.done("backup", "--tag", "first", workshop.tree)
    try workshop.shell("cd tree && echo more >> sub/b && rm pipe && : > new && chmod 600 a && rm link && mkdir link")
    try workshop.done("backup", "--host", "other", workshop.tree)
    return workshop
  }

  @Test("ls lists everything, or what is below a path, or only what is in it")
  func list() throws {
    let workshop = try workshopWithTwoSnapshots()
    let tree = workshop.tree
    #expect(try workshop.done("ls", "latest~1", tree + "/sub").text == "\(tree)/sub\n\(tree)/sub/b\n")
    #expect(try workshop.done("ls", "latest~1:" + tree + "/sub", "b").text == "\(tree)/sub/b\n")
    let flat = try workshop.done("ls", "--no-recursive", "latest~1", tree)
    #expect(flat.lines.map { $0.dropFirst(tree.count) } == ["", "/a", "/link", "/pipe", "/sub"])
    let long = try workshop.done("ls", "-l", "latest~1", tree + "/a", tree + "/link")
    #expect(long.lines[0].hasPrefix("-rw-r--r-- "))
    #expect(long.lines[0].hasSuffix("2020-01-01 00:00:00 \(tree)/a"))
    #expect(long.lines[1].hasSuffix("\(tree)/link -> a"))
    #expect(try workshop.firn("ls", "latest", tree + "/nothing").status == 1)
  }

  @Test("ls writes one JSON object a line")
  func listJSON() throws {
    let workshop = try workshopWithTwoSnapshots()
    let json = try workshop.done("ls", "--json", "latest~1", workshop.tree + "/sub/b")
    #expect(
      try workshop.json(json, "[x['message_type'] for x in d], d[1]['name'], d[1]['size'], d[1]['type']")
        == "(['snapshot', 'node'], 'b', 4, 'file')")
  }

  @Test("snapshots are named by id, order, time, and chosen by filters")
  func names() throws {
    let workshop = try workshopWithTwoSnapshots()
    let all = try workshop.done("snapshots", "--json")
    let first = try workshop.json(all, "d[0][0]['id']")
    for name in [first, String(first.prefix(6)), "latest~1"] {
      #expect(try workshop.json(workshop.done("ls", "--json", name), "d[0]['id']") == first, "\(name)")
    }
    #expect(try workshop.json(workshop.done("ls", "--json", "--tag", "first", "latest"), "d[0]['id']") == first)
    #expect(try workshop.json(workshop.done("snapshots", "--json", "--host", "other"), "len(d[0])") == "1")
    #expect(try workshop.json(workshop.done("snapshots", "--json", "--path", workshop.tree + "/"), "len(d[0])") == "2")
    #expect(try workshop.json(workshop.done("snapshots", "--json", "--latest", "1"), "len(d[0])") == "2")
    #expect(try workshop.done("snapshots").lines.count == 3)
    #expect(try workshop.firn("ls", "latest~2").status == 1)
    #expect(try workshop.firn("ls", "1999-01-01").status == 1)
    #expect(try workshop.firn("ls", "nonsense").status == 2)
  }

  @Test("a latest snapshot from the future is told of")
  func future() throws {
    let workshop = try Workshop()
    try workshop.done("backup", workshop.tree, "--time", "2999-01-01")
    try workshop.done("backup", workshop.tree)
    #expect(try workshop.done("ls", "latest").errors.contains("dated in the future"))
    #expect(try workshop.done("ls", "latest~1").errors.contains("dated in the future"))
  }

  @Test("a part of the index that can't be read is left out by those who read, and the others say what mends it")
  func damagedSegment() throws {
    let workshop = try Workshop()
    try workshop.write("first", to: "a")
    try workshop.done("backup", workshop.tree)
    try workshop.shell("ls repository/index > before")
    try workshop.write("second", to: "b")
    try workshop.done("backup", workshop.tree)
    try workshop.shell(
      "cd repository/index && for f in *; do grep -q $f ../../before || { chmod u+w $f; truncate -s 100 $f; }; done; rm -r ../../cache"
    )
    let read = try workshop.done("dump", "latest~1", workshop.tree + "/a")
    #expect(read.text == "first" && read.errors.contains("run repair index"), "\(read.errors)")
    #expect(try workshop.firn("dump", "latest", workshop.tree + "/b").status != 0)
    let backup = try workshop.firn("backup", workshop.tree)
    #expect(backup.status == 13 && backup.errors.contains("run repair index"), "\(backup.errors)")
    try workshop.done("repair", "index")
    #expect(try workshop.done("dump", "latest", workshop.tree + "/b").text == "second")
  }

  @Test("a filter means the bytes of a name, and a path as a backup of it names it")
  func filters() throws {
    let workshop = try Workshop()
    // For Swift the same text.
    let (composed, decomposed) = ("\u{E9}", "e\u{301}")
    for name in [composed, decomposed] {
      try workshop.shell("mkdir '\(name)'")
      try workshop.done("backup", "--host", name, "--tag", name, "\(workshop.root)/\(name)")
    }
    for name in [composed, decomposed] {
      for filter in [["--path", "\(workshop.root)/\(name)"], ["--host", name], ["--tag", name]] {
        let found = try BuiltCommand.run(["snapshots", "--json"] + filter, environment: workshop.environment)
        #expect(try workshop.json(found, "[x['host'] for x in d[0]] == [\"\(name)\"]") == "True", "\(filter)")
      }
    }
    let latest = try workshop.done("snapshots", "--json", "--latest", "1", "--tag", composed, "--tag", decomposed)
    #expect(try workshop.json(latest, "len(d[0])") == "2")
    try workshop.shell("mkdir -p real/data && ln -s real link")
    try workshop.done("backup", "\(workshop.root)/link/data")
    for path in ["\(workshop.root)/link/data", "\(workshop.root)/real/data/"] {
      #expect(try workshop.json(workshop.done("snapshots", "--json", "--path", path), "len(d[0])") == "1", "\(path)")
    }
  }

  @Test("find looks by name, path, type and time through all snapshots")
  func find() throws {
    let workshop = try workshopWithTwoSnapshots()
    #expect(try workshop.done("find", "b").lines.count == 2)
    #expect(try workshop.done("find", "B").lines.isEmpty)
    #expect(try workshop.done("find", "--ignore-case", "B").lines.count == 2)
    #expect(try workshop.done("find", "sub/*").lines.count == 2)
    #expect(try workshop.done("find", "--type", "fifo", "*").lines.count == 1)
    #expect(try workshop.done("find", "--snapshot", "latest", "*").lines.contains { $0.hasSuffix("/new") })
    #expect(try workshop.done("find", "--older", "2020-01-02", "--host", "other", "*").lines.count == 1)
    let json = try workshop.done("find", "--json", "--newer", "today", "new")
    #expect(try workshop.json(json, "[x['path'] for x in d]") == "['\(workshop.tree)/new']")
  }

  @Test("diff marks what was added, removed and changed")
  func diff() throws {
    let workshop = try workshopWithTwoSnapshots()
    let tree = workshop.tree
    let old = "latest~1:" + tree
    let result = try workshop.done("diff", old, "latest:" + tree)
    let marks = ["U  \(tree)/a", "T  \(tree)/link/", "+  \(tree)/new", "-  \(tree)/pipe", "M  \(tree)/sub/b"]
    #expect(result.lines.filter { $0.contains(tree) }.map(String.init) == marks)
    #expect(
      try workshop.done("diff", "--no-metadata", old, "latest:" + tree).lines.contains { $0.hasPrefix("U") } == false)
    let json = try workshop.done("diff", "--json", old, "latest:" + tree)
    #expect(
      try workshop.json(json, "[x['modifier'] for x in d[:-1]], d[-1]['added']['files']")
        == "(['U', 'T', '+', '-', 'M'], 1)")
  }

  @Test("dump writes files as they are and directories as tar")
  func dump() throws {
    let workshop = try workshopWithTwoSnapshots()
    #expect(try workshop.done("dump", "latest~1", workshop.tree + "/sub/b").text == "two\n")
    let archive = try workshop.done("dump", "latest~1:" + workshop.tree)
    let names = try BuiltCommand.run("tar", ["tf", "-"], environment: workshop.environment, input: archive.output)
    #expect(names.text == "a\nlink\npipe\nsub/\nsub/b\n")
    #expect(try workshop.firn("dump", "latest", "/nothing").status == 1)
    #expect(try workshop.firn("dump", "latest").status == 2)
  }

  @Test("a snapshot that is named twice is shown once, the oldest first")
  func namedTwice() throws {
    let workshop = try workshopWithTwoSnapshots()
    let ids = try workshop.json(workshop.done("snapshots", "--json"), "[x['id'] for x in d[0]]")
    let names = ["latest", "latest~1", "latest"]
    for verb in ["snapshots", "stats"] {
      let result = try BuiltCommand.run([verb, "--json"] + names, environment: workshop.environment)
      #expect(try workshop.json(result, "[x.get('snapshot', x.get('id')) for x in d[0]]") == ids, "\(verb)")
    }
    let found = try workshop.done("find", "--json", "--snapshot", "latest", "--snapshot", "latest", "sub")
    #expect(try workshop.json(found, "len(d)") == "1")
  }

  @Test("stats adds up the repository and its snapshots")
  func stats() throws {
    let workshop = try workshopWithTwoSnapshots()
    let repository = try workshop.done("stats", "--json")
    #expect(
      try workshop.json(repository, "d[0]['snapshots'], d[0]['index_entries'] > 4, d[0]['stored_bytes'] > 0")
        == "(2, True, True)")
    let each = try workshop.done("stats", "--json", "--each")
    #expect(
      try workshop.json(each, "[(x['files'], x['raw_bytes'], x['chunks']) for x in d[0]]") == "[(2, 8, 2), (3, 13, 2)]")
    #expect(try workshop.done("stats").text.contains("index entries"))
  }

  @Test("cat shows every kind of object")
  func cat() throws {
    let workshop = try workshopWithTwoSnapshots()
    #expect(try workshop.json(workshop.done("cat", "config"), "d[0]['average_chunk_size']") == "16384")
    let slot = try workshop.json(workshop.done("key", "list", "--json"), "d[0][0]['id']")
    #expect(try workshop.json(workshop.done("cat", "key", slot), "d[0]['role']") == "full")
    #expect(try workshop.json(workshop.done("cat", "snapshot", "latest"), "d[0]['host']") == "other")
    let tree = try workshop.done("cat", "tree", "latest~1:" + workshop.tree + "/sub")
    let chunk = try workshop.json(tree, "d[0]['nodes'][0]['content'][0]['chunk']")
    #expect(try workshop.done("cat", "chunk", chunk).text == "two\n")
    let segment = try workshop.shell("ls repository/index | head -n 1").dropLast()
    let pack = try workshop.json(workshop.done("cat", "index", String(segment)), "d[0]['packs'][0]['id']")
    #expect(
      try workshop.json(workshop.done("cat", "pack", pack), "len(d[0]['chunk_list']) == d[0]['chunks']") == "True")
    #expect(try workshop.firn("cat", "pack", "ffffffffff").status == 1)
  }
}
