import Testing

@testable import Commands

@Suite("forget")
struct ForgetTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop() }

  /// Takes a snapshot that names this time, of a file that holds it.
  private func backUp(_ time: String, _ options: String...) throws {
    try workshop.write(time, to: "file")
    let arguments = ["backup", "--host", "web", "--time", time] + options + [workshop.tree]
    let result = try BuiltCommand.run(arguments, environment: workshop.environment)
    try #require(result.status == 0, "\(result.errors)")
  }

  /// The times of the snapshots that there are, by a Python expression over one.
  private func snapshots(_ expression: String = "x['time'][:10]") throws -> String {
    try workshop.json(workshop.done("snapshots", "--json"), "' '.join(\(expression) for x in d[0])")
  }

  @Test("rules remove what none of them keeps, and the table says which rule keeps what")
  func rules() throws {
    for day in 1...5 { try backUp("2020-06-0\(day) 03:00") }
    try backUp("2020-06-05 04:00", "--tag", "release")
    let result = try workshop.done("forget", "--keep-daily", "2", "--keep-tag", "release,x", "-w", "1")
    #expect(result.text.hasPrefix("host web, paths \(workshop.tree): keep 2, remove 4\n"))
    #expect(result.text.contains("daily 1 of 2, weekly 1 of 1\n"))
    #expect(result.text.contains("removed 4 snapshots, keep 2; \"firn prune\" frees"))
    #expect(result.lines.filter { $0.hasPrefix("remove ") }.count == 4)
    #expect(try snapshots("x['time'][:13]") == "2020-06-04T03 2020-06-05T04")
    try workshop.done("check")
  }

  @Test("a dry run changes nothing, and JSON has each decision")
  func dryRun() throws {
    for day in 1...3 { try backUp("2020-06-0\(day) 03:00") }
    let result = try workshop.done("forget", "--keep-within", "1d", "-n", "--json", "--prune")
    #expect(
      try workshop.json(result, "[(x['action'], x['reasons'], x['snapshot']['time'][:10]) for x in d[:-2]]")
        == "[('remove', [], '2020-06-01'), ('keep', ['within 1d'], '2020-06-02'), ('keep', ['within 1d'], '2020-06-03')]"
    )
    #expect(
      try workshop.json(
        result, "[d[-2][k] for k in ['message_type', 'dry_run', 'groups', 'kept', 'removed', 'future_dated']]")
        == "['forget', True, 1, 2, 1, 0]")
    #expect(
      try workshop.json(result, "[d[-1][k] for k in ['message_type', 'dry_run', 'snapshots']]")
        == "['summary', True, 2]")
    #expect(try workshop.json(result, "d[-1]['freed_bytes'] > 0") == "True")
    #expect(try snapshots() == "2020-06-01 2020-06-02 2020-06-03")
  }

  @Test("a filter by no tag at all is refused and not taken for one by any", arguments: ["", ",", "x"])
  func noTag(_ tag: String) throws {
    try backUp("2020-06-01 03:00")
    let result = try workshop.firn("forget", "--unsafe-allow-remove-all", "--tag", tag)
    #expect((result.status == 2) == (tag != "x"), "\(result.errors)")
    #expect(try snapshots() == "2020-06-01")
  }

  @Test("hosts are counted apart, unless all are to be counted together")
  func groups() throws {
    for day in 1...2 { try backUp("2020-06-0\(day) 03:00") }
    for day in 3...4 { try backUp("2020-06-0\(day) 03:00", "--host", "planted") }
    try workshop.done("forget", "-l", "1", "--group-by", "", "--host", "planted")
    #expect(try snapshots() == "2020-06-01 2020-06-02 2020-06-04")
    try workshop.done("forget", "-l", "1")
    #expect(try snapshots() == "2020-06-02 2020-06-04")
    try workshop.done("forget", "-l", "1", "--group-by", "")
    #expect(try snapshots() == "2020-06-04")
  }

  @Test("snapshots that are named are removed, pinned ones only if that is said")
  func named() throws {
    for day in 1...4 { try backUp("2020-06-0\(day) 03:00") }
    try workshop.done("pin", "2020-06-02")
    let refused = try workshop.firn("forget", "2020-06-02", "latest")
    #expect(refused.status == 1)
    #expect(refused.errors.contains("is pinned; nothing was removed"))
    try workshop.done("forget", "latest~1", "latest~1", "2020-06-01")
    #expect(try snapshots() == "2020-06-02 2020-06-04")
    try workshop.done("forget", "--keep-last", "1")
    #expect(try snapshots() == "2020-06-02 2020-06-04")
    try workshop.done("forget", "--even-pinned", "2020-06-02")
    #expect(try snapshots() == "2020-06-04")
    #expect(try workshop.firn("forget", "abcdef").status == 1)
  }

  @Test("a snapshot dated in the future stays, is reported, and takes no other's place")
  func future() throws {
    try backUp("2020-06-01 03:00")
    try backUp("2020-06-02 03:00")
    try backUp("2999-01-01 00:00")
    let result = try workshop.done("forget", "--keep-last", "1", "--keep-yearly", "1")
    #expect(result.errors.contains("is dated 2999-01-01 00:00:00, in the future; it is kept"))
    #expect(result.text.contains("future date"))
    #expect(try snapshots() == "2020-06-02 2999-01-01")
  }

  @Test("days are those of the local time zone")
  func localDays() throws {
    for hour in ["08", "10", "13"] { try backUp("2020-06-01T\(hour):00:00Z") }
    var expected = [("UTC", "1"), ("<+12>-12", "2")][...]
    while let (zone, count) = expected.popFirst() {
      workshop.environment["TZ"] = zone
      let result = try workshop.done("forget", "--keep-daily", "unlimited", "--json", "-n")
      #expect(
        try workshop.json(result, "sum(r.startswith('daily') for x in d[:-1] for r in x['reasons'])") == count,
        "\(zone)")
    }
  }

  @Test("slots keep one a week back to last week, and one by hand")
  func slots() throws {
    // The 1st and the 8th of June 2020 were Mondays.
    for day in ["01", "03", "08", "09", "10"] { try backUp("2020-06-\(day) 03:00") }
    try backUp("2020-05-01 03:00", "--tag", "manual", "--label", "before the move")
    let result = try workshop.done("forget", "--keep-slots")
    #expect(result.text.contains("before the move  manual slot"))
    #expect(try snapshots() == "2020-05-01 2020-06-01 2020-06-08 2020-06-10")
  }

  @Test("a policy that keeps nothing is refused unless it is allowed for a part")
  func emptyPolicy() throws {
    try backUp("2020-06-01 03:00")
    for arguments in [
      ["forget"], ["forget", "--keep-last", "0"], ["forget", "--keep-within", "0d"], ["forget", "--keep-tag", "x"],
      ["forget", "--unsafe-allow-remove-all"], ["forget", "--keep-tag", ""], ["forget", "--keep-last", "-2"],
      ["forget", "--keep-within", "7w"], ["forget", "--group-by", "user", "-l", "1"], ["forget", "latest", "-l", "1"],
      ["forget", "-l", "1", "--even-pinned"],
    ] {
      let result = try BuiltCommand.run(arguments, environment: workshop.environment)
      #expect(result.status == 2, "\(arguments): \(result.errors)")
    }
    #expect(try snapshots() == "2020-06-01")
    try workshop.done("forget", "--keep-last", "-1")
    try workshop.done("forget", "--unsafe-allow-remove-all", "--host", "web")
    #expect(try snapshots() == "")
    try workshop.done("forget", "--keep-last=unlimited")
  }

  @Test("a write key can't, not even try")
  func writeKey() throws {
    try backUp("2020-06-01 03:00")
    try backUp("2020-06-02 03:00")
    let file = try workshop.passwordFile("writer")
    try workshop.done("key", "add", "--role", "write", "--new-password-file", file, "--kdf-cost", "14")
    workshop.environment["FIRN_PASSWORD"] = "writer"
    for arguments in [["forget", "-l", "1"], ["forget", "-l", "1", "-n"], ["forget", "latest"]] {
      let result = try BuiltCommand.run(arguments, environment: workshop.environment)
      #expect(result.status == 1)
      #expect(result.errors.contains("role \"write\" and can't forget snapshots"), "\(result.errors)")
    }
    #expect(try snapshots() == "2020-06-01 2020-06-02")
  }

  @Test("with --prune the space is freed at once, and what is kept restores")
  func prune() throws {
    try workshop.shell("head -c 3000000 /dev/urandom > tree/big")
    try backUp("2020-06-01 03:00")
    try workshop.shell("rm tree/big")
    try backUp("2020-06-02 03:00")
    let result = try workshop.done("forget", "--keep-last", "1", "--prune", "--json")
    #expect(
      try workshop.json(result, "[x['message_type'] for x in d if x['message_type'] != 'status']")
        == "['decision', 'decision', 'forget', 'summary']")
    #expect(try workshop.json(result, "d[-1]['freed_bytes'] > 3000000 and d[-1]['snapshots'] == 1") == "True")
    #expect(try workshop.shell("du -s repository/packs | cut -f 1").count < 4)
    #expect(try workshop.done("dump", "latest", workshop.tree + "/file").text == "2020-06-02 03:00")
    try workshop.done("check", "--read-data")
  }
}
