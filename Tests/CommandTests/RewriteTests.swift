import Testing

@testable import Commands

@Suite("tag, pin, unpin, rewrite")
struct RewriteTests {
  private let workshop: Workshop

  init() throws {
    workshop = try Workshop()
    try workshop.shell("mkdir tree/sub && echo one > tree/keep && echo two > tree/sub/drop.o")
    try workshop.done("backup", "--tag", "first", workshop.tree)
    try workshop.done("backup", "--host", "other", workshop.tree)
  }

  private func snapshots(_ expression: String) throws -> String {
    try workshop.json(workshop.done("snapshots", "--json"), expression)
  }

  @Test("tags are added, removed and set, for the snapshots that are meant and no others")
  func tags() throws {
    let first = try snapshots("d[0][0]['id']")
    let added = try workshop.done("tag", String(first.prefix(8)), "--add", "a,b", "--remove", "first", "--json")
    #expect(
      try workshop.json(added, "d[0]['action'], d[0]['tags'], d[0]['old_removed'], d[0]['old_id'], d[1]['changed']")
        == "('changed', ['a', 'b'], True, '\(first)', 1)")
    #expect(try snapshots("[x['tags'] for x in d[0]]") == "[['a', 'b'], []]")
    #expect(try snapshots("[x['id'] for x in d[0]][0]") == workshop.json(added, "d[0]['new_id']"))
    try workshop.done("tag", "--host", "other", "--set", "x,y")
    try workshop.done("tag", "--all", "--add", "z")
    #expect(try snapshots("sorted(x['tags'] for x in d[0])") == "[['a', 'b', 'z'], ['x', 'y', 'z']]")
    try workshop.done("tag", "--tag", "a", "--set", "")
    #expect(try snapshots("sorted(x['tags'] for x in d[0])") == "[[], ['x', 'y', 'z']]")
    let again = try workshop.done("tag", "latest", "--add", "x")
    #expect(again.errors.contains("nothing to change"))
    try workshop.done("check", "--read-data")
  }

  @Test("all snapshots are meant only if it is said, and a change must be")
  func usage() throws {
    for arguments in [
      ["tag", "--add", "x"], ["pin"], ["unpin"], ["rewrite", "--exclude", "x"], ["tag", "--all"], ["rewrite", "--all"],
      ["tag", "--all", "--set", "a", "--add", "b"], ["pin", "--all", "latest"],
      ["rewrite", "--all", "--exclude-file", "/dev/null"],
    ] {
      #expect(try BuiltCommand.run(arguments, environment: workshop.environment, input: []).status == 2, "\(arguments)")
    }
    #expect(try workshop.firn("tag", "00000000", "--add", "x").status == 1)
  }

  @Test("pins are set, shown and taken off")
  func pins() throws {
    #expect(try !workshop.done("snapshots").text.contains("Pinned"))
    try workshop.done("pin", "latest")
    #expect(try snapshots("[x['pinned'] for x in d[0]]") == "[False, True]")
    #expect(try workshop.done("snapshots").lines.filter { $0.contains("pinned") }.count == 1)
    try workshop.done("unpin", "--all")
    #expect(try snapshots("[x['pinned'] for x in d[0]]") == "[False, False]")
    #expect(try snapshots("len(d[0][1]['replaces'])") == "2")
  }

  @Test("what matches is dropped, beside the old snapshot or in its place")
  func rewriting() throws {
    let rehearsed = try workshop.done("rewrite", "--all", "--exclude", "*.o", "--dry-run", "--json")
    #expect(
      try workshop.json(rehearsed, "[x['message_type'] for x in d], d[-1]['changed'], d[0]['path'][-10:]")
        == "(['dropped', 'snapshot_change', 'dropped', 'snapshot_change', 'summary'], 2, 'sub/drop.o')")
    #expect(try snapshots("len(d[0])") == "2")

    try workshop.done("rewrite", "latest", "--exclude", "*.o")
    #expect(try snapshots("sorted(x['tags'] for x in d[0])") == "[[], ['first'], ['rewrite']]")
    let listing = try workshop.done("ls", try snapshots("[x['id'] for x in d[0] if x['tags'] == ['rewrite']][0]"))
    #expect(
      listing.text.contains("/tree/keep") && listing.text.contains("/tree/sub") && !listing.text.contains("drop.o"))

    let replaced = try workshop.done("rewrite", "--tag", "first", "--exclude", "*.o", "--forget", "--verbose")
    #expect(replaced.errors.contains("/tree/sub/drop.o"))
    #expect(
      try snapshots("[(x['statistics']['files'], x['excludes']) for x in d[0] if x['tags'] == ['first']]")
        == "[(1, ['*.o'])]")
    #expect(
      try workshop.done("rewrite", "--tag", "first", "--exclude", "*.o", "--forget").errors.contains("left alone"))
    try workshop.done("check", "--read-data")
    try workshop.done("backup", workshop.tree)
    try workshop.done("check", "--read-data")
  }

  @Test("what was made from a snapshot comes after it", arguments: 1...4)
  func order(_: Int) throws {
    let workshop = try Workshop()
    try workshop.write("a", to: "a")
    try workshop.write("b", to: "b.log")
    try workshop.done("backup", workshop.tree)
    try workshop.done("rewrite", "latest", "--exclude", "*.log")
    #expect(try !workshop.done("ls", "latest").text.contains("b.log"))
    #expect(try workshop.done("ls", "latest~1").text.contains("b.log"))
    try workshop.done("forget", "--keep-last", "1")
    #expect(try !workshop.done("ls", "latest").text.contains("b.log"))
  }

  @Test("a write key can't change snapshots")
  func writeKey() throws {
    let file = try workshop.passwordFile("writer")
    try workshop.done("key", "add", "--role", "write", "--new-password-file", file, "--kdf-cost", "14")
    for arguments in [["tag", "latest", "--add", "x"], ["pin", "latest"], ["rewrite", "latest", "--exclude", "x"]] {
      let refused = try BuiltCommand.run(
        arguments + ["--password-file", file], environment: workshop.environment, input: [])
      #expect(refused.status == 1)
      #expect(refused.errors.contains("has the role \"write\""))
    }
  }
}
