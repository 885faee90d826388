import Testing

@testable import Commands

@Suite("Parity by command")
struct ParityTests {
  private func workshop() throws -> Workshop {
    let workshop = try Workshop(initializing: false)
    try workshop.done("init", "--kdf-cost", "14", "--parity", "3%")
    try workshop.shell(
      "head -c 900000 /dev/urandom > tree/noise; seq 20000 > tree/numbers; mkdir tree/d; date > tree/d/x")
    try workshop.done("backup", workshop.tree)
    return workshop
  }

  private let sum =
    "find repository/packs repository/index repository/snapshots repository/parity -type f | sort | xargs sha256sum"

  /// Overwrites a part of a file, as a failing disk would.
  private func overwrite(_ workshop: Workshop, _ file: String, at offset: String, count: Int) throws {
    try workshop.shell(
      "f=\(file); chmod u+w $f && head -c \(count) /dev/urandom | dd of=$f bs=1 seek=\(offset) conv=notrunc 2>/dev/null; chmod 400 $f"
    )
  }

  @Test("check --read-data --repair heals a damaged sector of each kind of object, byte for byte")
  func heals() throws {
    let workshop = try workshop()
    let before = try workshop.shell(sum)
    let files = ["packs", "index", "snapshots"].map { "$(find repository/\($0) -type f -size +0 | sort | head -1)" }
    for (file, count) in zip(files, [4_096, 100, 50]) {
      try overwrite(workshop, file, at: "$(( $(stat -c %s $f) / 8192 * 4096 ))", count: count)
      #expect(try workshop.shell(sum) != before)
      #expect(try workshop.firn("check", "--read-data").status == 13, "\(file)")
      let repaired = try workshop.done("check", "--read-data", "--repair")
      #expect(repaired.text.contains("rebuilt 1 object from parity"), "\(repaired.text)")
      #expect(try workshop.shell(sum) == before)
    }
    #expect(try workshop.shell("ls repository/quarantine | wc -l") == "3\n")
    #expect(try workshop.done("check", "--read-data").text.contains("no errors were found"))
    try workshop.done("restore", "latest:\(workshop.tree)", "--target", workshop.root + "/out")
    try workshop.shell("diff -r tree out")
  }

  @Test("damage beyond the parity is an error with 13, and nothing is changed")
  func hopeless() throws {
    let workshop = try workshop()
    let pack = "$(find repository/packs -type f -size +800k)"
    try overwrite(workshop, pack, at: "100000", count: 600_000)
    let before = try workshop.shell(sum)
    let result = try workshop.firn("check", "--read-data", "--repair")
    #expect(result.status == 13)
    #expect(result.text.contains("could not be rebuilt") && result.text.contains("noise"), "\(result.text)")
    #expect(try workshop.shell(sum) == before)
    #expect(try workshop.shell("ls -A repository | grep -c quarantine || true") == "0\n")
    #expect(try workshop.isJSONLines(workshop.firn("check", "--read-data", "--repair", "--json")))
  }

  @Test("a repository without parity is as it always was, and --parity has bounds")
  func without() throws {
    let workshop = try Workshop()
    try workshop.write("x", to: "a")
    try workshop.done("backup", workshop.tree)
    #expect(try workshop.shell("ls repository | grep -c parity || true") == "0\n")
    #expect(try workshop.done("check", "--repair").text.contains("no errors were found"))
    for parity in ["0%", "11%", "3.5%", "x"] {
      #expect(
        try workshop.firn("init", "--repo", workshop.root + "/other", "--parity", parity).status == 2, "\(parity)")
    }
  }
}
