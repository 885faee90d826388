import Testing

@testable import Commands

@Suite("check")
struct CheckTests {
  @Test("finds nothing wrong with a sound repository")
  func sound() throws {
    let workshop = try Workshop()
    try workshop.shell("head -c 300000 /dev/urandom > tree/a")
    try workshop.done("backup", workshop.tree)
    #expect(try workshop.done("check").text.contains("no errors were found"))
    for subset in ["1/1", "100%", "1G"] {
      let json = try workshop.done("check", "--read-data-subset", subset, "--json")
      #expect(
        try workshop.json(json, "d[-1]['errors'], d[-1]['packs_read'], d[-1]['bytes_read'] > 300000") == "(0, 2, True)")
    }
    #expect(try workshop.json(workshop.done("check", "--json"), "d[-1]['packs_read']") == "0")
  }

  @Test("names what is damaged and the files it affects, with 13")
  func damaged() throws {
    let workshop = try Workshop()
    try workshop.shell("head -c 300000 /dev/urandom > tree/victim")
    try workshop.done("backup", workshop.tree)
    try workshop.shell(
      "f=$(find repository/packs -type f -size +200k) && chmod u+w $f && printf XXXX | dd of=$f bs=1 seek=100000 conv=notrunc 2>/dev/null"
    )
    try workshop.done("check")
    let result = try workshop.firn("check", "--read-data")
    #expect(result.status == 13)
    #expect(result.text.contains("victim"))
    #expect(try workshop.isJSONLines(workshop.firn("check", "--read-data", "--json")))
  }
}
