import Testing

@testable import Commands

@Suite("repair")
struct RepairTests {
  private let workshop: Workshop

  init() throws {
    workshop = try Workshop()
    try workshop.shell("head -c 8000000 /dev/urandom > tree/big && mkdir tree/sub && echo small > tree/sub/small")
    // One worker fills one pack.
    try workshop.done("backup", "--read-concurrency", "1", workshop.tree)
  }

  /// Overwrites a few bytes of the largest pack.
  private func damagePack(at offset: Int = 7_000_000) throws {
    try workshop.shell(
      "f=$(find repository/packs -type f -size +1M) && chmod u+w $f && printf XXXX | dd of=$f bs=1 seek=\(offset) conv=notrunc 2>/dev/null"
    )
  }

  @Test("brings back an index that was lost")
  func index() throws {
    #expect(try workshop.done("repair", "index").text.contains("the index is whole"))
    try workshop.shell("rm -rf repository/index/* cache")
    #expect(try workshop.firn("check").status == 13)
    let rehearsal = try workshop.done("repair", "index", "--dry-run", "--json")
    #expect(try workshop.json(rehearsal, "len(d[-1]['entered_packs']), d[-1]['dry_run']") == "(2, True)")
    #expect(try workshop.firn("check").status == 13)
    #expect(try workshop.done("repair", "index", "--read-all").text.contains("2 entered"))
    try workshop.done("check", "--read-data")
  }

  @Test("saves what can be read of a pack, and a backup makes the snapshot whole again")
  func packs() throws {
    try damagePack()
    let rehearsal = try workshop.firn("repair", "packs", "-n")
    #expect(rehearsal.status == 13 && rehearsal.text.contains("dry run"))
    #expect(try workshop.shell("ls repository").contains("quarantine") == false)
    let result = try workshop.firn("repair", "packs", "--json")
    #expect(result.status == 13)
    #expect(
      try workshop.json(
        result,
        "[x['outcome'] for x in d if x['message_type'] == 'pack'], d[-1]['lost_chunks'] > 0, d[-1]['written_packs']")
        == "(['salvaged'], True, 1)")
    #expect(result.text.contains("tree/big") && !result.text.contains("sub/small"))
    #expect(try workshop.shell("ls repository/quarantine").hasPrefix("packs-"))
    #expect(try workshop.firn("check").text.contains("tree/big"))
    let prune = try workshop.firn("prune")
    #expect(prune.status != 0 && prune.errors.contains("not whole"), "\(prune.errors)")
    #expect(try workshop.json(workshop.done("backup", "--json", workshop.tree), "d[-1]['files_unchanged']") == "2")
    try workshop.done("check", "--read-data")
    #expect(try workshop.done("repair", "packs").text.contains("no damaged packs"))
    #expect(try workshop.firn("repair", "packs", "0xyz").status == 2)
  }

  @Test("has packs that a prune could not read, and which made it end with the code for damage")
  func prune() throws {
    try workshop.shell("rm tree/big")
    try workshop.done("backup", workshop.tree)
    try workshop.done("forget", "--keep-last", "1")
    let size = try #require(Int(try workshop.shell("printf %s $(find repository/packs -type f -size +1M -printf %s)")))
    try damagePack(at: size - 20)
    let prune = try workshop.firn("prune")
    #expect(prune.status == 13 && prune.errors.contains("run repair packs"), "\(prune.errors)")
    #expect(try workshop.firn("repair", "packs").status == 0)
    try workshop.done("prune")
    #expect(try workshop.shell("find repository/packs -type f -size +1M").isEmpty)
    try workshop.done("check", "--read-data")
  }

  @Test("drops from snapshots what is lost")
  func snapshots() throws {
    #expect(try workshop.done("repair", "snapshots").text.contains("every snapshot is whole"))
    try damagePack()
    _ = try workshop.firn("repair", "packs")
    #expect(try workshop.done("repair", "snapshots", "-n").text.contains("tree/big"))
    let result = try workshop.done("repair", "snapshots", "--forget", "--json")
    #expect(
      try workshop.json(
        result, "[x['path'].endswith('tree/big') for x in d if x['message_type'] == 'dropped'], d[-1]['repaired']")
        == "([True], 1)")
    #expect(try workshop.json(workshop.done("snapshots", "--json"), "[x['tags'] for x in d[0]]") == "[['repaired']]")
    try workshop.done("check", "--read-data")
    try workshop.done("prune")
  }

  @Test("sets a snapshot object aside that can't be opened, which lets prune work again")
  func records() throws {
    try workshop.shell(
      "f=$(find repository/snapshots -type f) && chmod u+w $f && printf XXXX | dd of=$f bs=1 seek=60 conv=notrunc 2>/dev/null && rm -rf cache"
    )
    #expect(try workshop.firn("prune").status != 0)
    #expect(try workshop.firn("repair", "snapshots").status == 13)
    #expect(try workshop.done("repair", "snapshots", "--forget").text.contains("set aside"))
    try workshop.done("prune")
    try workshop.done("check", "--read-data")
  }

  @Test("check reads in turn what it has not read for long, and names how much was read when")
  func ledger() throws {
    #expect(try workshop.firn("check", "--time", "1m").status == 2)
    #expect(try workshop.firn("check", "--read-data", "--older-than", "1d").status == 2)
    let none = try workshop.done("check", "--older-than", "30d", "--time", "0s", "--json")
    #expect(try workshop.json(none, "d[-1]['packs_read'], d[-1]['packs_remaining']") == "(0, 2)")
    let all = try workshop.done("check", "--older-than", "30d", "--time", "10m")
    #expect(all.text.contains("read 2 packs") && all.text.contains("within 1 day 2 packs"))
    let again = try workshop.done("check", "--older-than", "30d", "--json")
    #expect(try workshop.json(again, "d[-1]['packs_read'], d[-1]['verified'][0]['packs']") == "(0, 2)")
  }
}
