import Glibc
import Testing

@testable import Commands

@Suite("restore")
struct RestoreTests {
  private func workshop() throws -> Workshop {
    let workshop = try Workshop()
    try workshop.shell(
      #"cd tree && mkdir sub && echo one > a && echo two > sub/b && ln -s a link && : > "$(printf 'x\377')""#)
    try workshop.done("backup", workshop.tree)
    return workshop
  }

  @Test("puts everything below its full path, and SNAPSHOT:PATH directly")
  func places() throws {
    let workshop = try workshop()
    try workshop.done("restore", "latest", "--target", workshop.root + "/full")
    try workshop.done("restore", "latest:" + workshop.tree, "--target", workshop.root + "/direct")
    try workshop.shell("diff -r --no-dereference tree full\(workshop.tree) && diff -r --no-dereference tree direct")
    try workshop.done("restore", "latest:" + workshop.tree + "/sub/b", "--target", workshop.root + "/file")
    #expect(try workshop.shell("cat file/b") == "two\n")
  }

  @Test("takes and leaves what patterns say")
  func patterns() throws {
    let workshop = try workshop()
    try workshop.done("restore", "latest:" + workshop.tree, "--target", workshop.root + "/out", "--include", "sub")
    #expect(try workshop.shell("cd out && find . | sort") == ".\n./sub\n./sub/b\n")
    try workshop.done("restore", "latest:" + workshop.tree, "--target", workshop.root + "/out2", "--exclude", "[abx]*")
    #expect(try workshop.shell("cd out2 && find . | sort") == ".\n./link\n./sub\n")
  }

  @Test("says so when nothing is included", arguments: ["--include", "--iinclude"])
  func includesNothing(option: String) throws {
    let workshop = try workshop()
    func restore(_ pattern: String) throws -> CommandResult {
      try workshop.done("restore", "latest", "--target", workshop.root + "/out", option, pattern)
    }
    #expect(try restore("nothing").errors.contains("nothing matches --include"))
    // A directory without a file in it is something, and so is what is there already.
    try workshop.shell("mkdir tree/empty")
    try workshop.done("backup", workshop.tree)
    for _ in 1...2 { #expect(try restore("empty").errors == "") }
  }

  @Test("writes over, keeps, deletes and only tells, as asked")
  func modes() throws {
    let workshop = try workshop()
    let (source, target) = ("latest:" + workshop.tree, workshop.root + "/out")
    try workshop.done("restore", source, "--target", target)
    try workshop.shell("echo changed > out/a && : > out/extra")
    try workshop.done("restore", source, "--target", target, "--overwrite", "never")
    #expect(try workshop.shell("cat out/a") == "changed\n")
    let dry = try workshop.done(
      "restore", source, "--target", target, "--delete", "--overwrite", "if-changed", "--dry-run", "--json")
    #expect(try workshop.json(dry, "d[-1]['dry_run'], d[-1]['files'], d[-1]['deleted']") == "(True, 1, 1)")
    #expect(try workshop.shell("cat out/a && ls out").contains("extra"))
    let verified = try workshop.done("restore", source, "--target", target, "--delete", "--verify", "--json")
    #expect(try workshop.json(verified, "d[-1]['deleted'], d[-1]['errors'], d[-1]['verified']") == "(1, 0, 3)")
    try workshop.shell("diff -r --no-dereference tree out")
  }

  @Test("deletes nothing beside the paths that were backed up, and nothing that isn't included")
  func deleteInPlace() throws {
    let workshop = try workshop()
    try workshop.done("restore", "latest", "--target", workshop.root + "/full")
    let tree = workshop.root + "/full" + workshop.tree
    try workshop.shell(
      "echo > full/top && echo > \(tree)/../beside && echo > \(tree)/extra && echo > \(tree)/sub/extra")
    func restore(_ options: String...) throws -> CommandResult {
      let arguments = ["restore", "latest", "--target", workshop.root + "/full", "--delete"] + options
      let result = try BuiltCommand.run(arguments, environment: workshop.environment)
      #expect(result.status == 0, "\(arguments): \(result.errors)")
      return result
    }
    let dry = try restore("--dry-run").text.split(separator: "\n").filter { $0.hasPrefix("deleted") }
    #expect(dry.map(String.init) == ["extra", "sub/extra"].map { "deleted \(workshop.tree)/\($0)" })
    #expect(try workshop.json(restore("--include", "sub", "--json"), "d[-1]['deleted']") == "1")
    #expect(try workshop.json(restore("--json"), "d[-1]['deleted']") == "1")
    try workshop.shell("test -e full/top && test -e \(tree)/../beside && diff -r --no-dereference tree \(tree)")
    let told = try restore("--verbose", "--json")
    #expect(try workshop.json(told, "sorted(set(o['action'] for o in d[:-1]))") == "['unchanged']")
  }

  @Test("deletes nothing after a snapshot that lacks files, nor the repository")
  func deleteNot() throws {
    let workshop = try workshop()
    // The repository is in what is backed up, and left out of it.
    try workshop.done("backup", workshop.root, "--exclude", "repository", "--exclude", "cache")
    try workshop.shell("mkdir deep && mv repository deep/ && echo > tree/extra")
    workshop.environment["FIRN_REPOSITORY"] = workshop.root + "/deep/repository"
    let result = try workshop.done(
      "restore", "latest:" + workshop.root, "--target", workshop.root, "--delete", "--json")
    #expect(try workshop.json(result, "d[-1]['deleted'], d[-1]['errors']") == "(1, 0)")
    try workshop.shell("test ! -e tree/extra && test -e deep/repository/config")
    #expect(try workshop.firn("backup", workshop.tree, workshop.root + "/missing").status == 3)
    let refused = try workshop.firn("restore", "latest", "--target", workshop.root + "/out", "--delete")
    #expect(refused.status == 1 && refused.errors.contains("may lack files"))
  }

  @Test("deletes after a snapshot of files that only changed while they were read")
  func deleteAfterChanges() throws {
    let workshop = try Workshop()
    // Its status says that it is empty, and what is read isn't: as if it had grown in between.
    let taken = try workshop.firn("backup", "/proc/version", "--json")
    #expect(taken.status == 3 && taken.errors.contains("changed while it was read"), "\(taken.errors)")
    #expect(try workshop.json(taken, "d[-1]['errors'], d[-1]['changed']") == "(1, 1)")
    let target = workshop.root + "/out"
    try workshop.done("restore", "latest:/proc", "--target", target, "--delete")
    #expect(try workshop.shell("cat out/version") == workshop.shell("cat /proc/version"))
  }

  @Test("leaves what is above the paths that were backed up as it is, and tells of what is no directory any more")
  func inPlace() throws {
    let workshop = try Workshop()
    try workshop.shell("mkdir -p tree/srv/www && echo w > tree/srv/www/i")
    try workshop.done("backup", workshop.tree + "/srv/www")
    try workshop.shell("chmod 711 tree && rm tree/srv/www/i")
    try workshop.done("restore", "latest", "--target", "/")
    #expect(try workshop.shell("stat -c %a tree && cat tree/srv/www/i") == "711\nw\n")
    try workshop.shell("mv tree/srv tree/data && ln -s data tree/srv && rm tree/data/www/i")
    let refused = try workshop.firn("restore", "latest", "--target", "/", "--include", "i")
    #expect(refused.status == 3)
    #expect(refused.errors.contains("\(workshop.tree)/srv is a symbolic link"), "\(refused.errors)")
    #expect(try workshop.shell("readlink tree/srv && ls tree/data/www") == "data\n")
  }

  @Test("changes nothing in a repository and a cache that lie in what was backed up", arguments: [[], ["--no-cache"]])
  func aroundRepository(options: [String]) throws {
    let workshop = try workshop()
    try workshop.done("backup", workshop.root)
    // What is written from now on the snapshot doesn't know, and what is removed it has.
    try workshop.shell("echo more > tree/more")
    try workshop.done("backup", workshop.tree)
    try workshop.done("forget", "--keep-last", "1", "--path", workshop.tree, "--prune")
    func restore(_ source: String, _ target: String) throws -> CommandResult {
      try BuiltCommand.run(
        ["restore", source, "--path", workshop.root, "--target", target, "--delete"] + options,
        environment: workshop.environment)
    }
    let before = try workshop.shell("find repository -type f | xargs stat -c '%n %Z' | sort")
    let result = try restore("latest:" + workshop.root, workshop.root)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("\(workshop.root)/repository is where the repository or its cache is"))
    #expect(try restore("latest:" + workshop.repository, workshop.repository).status == 1)
    try workshop.shell("test ! -e tree/more")
    #expect(try workshop.shell("find repository -type f | xargs stat -c '%n %Z' | sort") == before)
    try workshop.done("check", "--read-data")
    #expect(try workshop.done("dump", "latest", workshop.tree + "/more").text == "more\n")
  }

  @Test("refuses patterns that mean nothing")
  func negatedInclude() throws {
    let workshop = try workshop()
    let result = try workshop.firn(
      "restore", "latest", "--target", workshop.root + "/out", "--include", "tree", "--include", "!*.o")
    #expect(result.status == 2 && result.errors.contains("--exclude"))
  }

  @Test("reports each file that can't be restored, restores the rest, and exits with 3")
  func damage() throws {
    let workshop = try workshop()
    try workshop.shell("head -c 3000000 /dev/urandom > tree/large")
    try workshop.done("backup", workshop.tree)
    try workshop.shell(
      "f=$(find repository/packs -type f -size +1M) && chmod u+w $f && printf XXXX | dd of=$f bs=1 seek=1000000 conv=notrunc 2>/dev/null"
    )
    let result = try workshop.firn("restore", "latest:" + workshop.tree, "--target", workshop.root + "/out")
    #expect(result.status == 3, "\(result.errors)")
    #expect(result.errors.contains("\(workshop.tree)/large"))
    #expect(try workshop.shell("cat out/a") == "one\n")
  }

  /// What root without a capability, as in many containers, can't set, of what; and what `stat` then says of the file.
  static let lacking: [(capability: String, entry: String, told: String, status: String)] = [
    ("chown", "owned", "owner 1234 (", "0:0 600"), ("chown", "setuid", "owner 1234 (", "0:0 755"),
    ("chown", "able", "security.capability (", "0:0 755"), ("chown", "own", "", "0:0 644"),
    ("fowner", "owned", "could be: modification time (", "1234:5678 640"),
    ("fowner", "listed", "mode ", "1234:5678 600"), ("sys_admin", "trusted", "trusted.t (", "0:0 644"),
    ("setfcap", "able", "security.capability (", "1234:0 755"),
    ("linux_immutable", "fixed", "immutable or append-only flag (", "0:0 644"),
  ]

  @Test(
    "brings content back whatever root may not set, gives nobody more rights by that, and exits with 3",
    .enabled(if: geteuid() == 0))
  func withoutCapabilities() throws {
    let workshop = try Workshop()
    try workshop.shell(
      #"""
      cd tree && for f in owned setuid able trusted fixed own listed; do echo $f > $f; done
      chown 1234:5678 owned && chmod 640 owned && chown 1234:0 setuid able && chmod 4755 setuid && chmod 755 able
      setfattr -n trusted.t -v x trusted && setfattr -n user.note -v x owned
      setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 able
      chown 1234:5678 listed && setfacl -m u:99:rw,g::rw,o::- listed
      touch -d @1600000000 * && chattr +i fixed
      """#)
    defer { _ = try? workshop.shell("find . -name fixed -exec chattr -i {} +") }
    try workshop.done("backup", workshop.tree)
    for capability in Set(Self.lacking.map(\.capability)) {
      let target = workshop.root + "/" + capability
      let result = try BuiltCommand.run(
        "setpriv",
        ["--bounding-set", "-" + capability, "--inh-caps", "-" + capability, BuiltCommand.path]
          + ["restore", "latest:" + workshop.tree, "--target", target], environment: workshop.environment)
      #expect(result.status == 3, "\(capability): \(result.errors)")
      let content = try workshop.shell("cd \(capability) && for f in *; do [ $f = $(cat $f) ] && echo $f; done")
      #expect(content == "able\nfixed\nlisted\nown\nowned\nsetuid\ntrusted\n", "\(capability)")
      for lack in Self.lacking where lack.capability == capability {
        let lines = result.errors.split(separator: "\n").filter { $0.contains("/\(lack.entry): ") }
        #expect(lines.count == (lack.told.isEmpty ? 0 : 1), "\(result.errors)")
        #expect(lines.allSatisfy { $0.contains(lack.told) }, "\(capability): \(lines)")
        let status = try workshop.shell("stat -c '%u:%g %a' \(target)/\(lack.entry)")
        #expect(status == lack.status + "\n", "\(capability) \(lack.entry)")
      }
    }
    #expect(try workshop.shell("stat -c %Y chown/*") == String(repeating: "1600000000\n", count: 7))
    #expect(try workshop.shell("getfattr --only-values -n user.note chown/owned") == "x")
    let list = try workshop.shell("getfacl -cp chown/listed")
    #expect(list.contains("user:99:rw-\t#effective:---\ngroup::rw-\t#effective:---\n"), "\(list)")
  }

  @Test(
    "leaves what can't be changed alone where it is as the snapshot has it, and says why it can't be changed where it isn't",
    .enabled(if: geteuid() == 0))
  func immutable() throws {
    let workshop = try Workshop()
    try workshop.shell(
      """
      cd tree && mkdir fixed && for f in file log fixed/file; do echo one > $f; done
      ln file name && cp /bin/sleep running && (./running 600 >/dev/null 2>&1 & echo $! >../pid)
      chattr +i file fixed && chattr +a log
      """)
    defer { _ = try? workshop.shell("kill $(cat pid); chattr -R -i -a tree") }
    try workshop.done("backup", workshop.tree)
    let before = try workshop.shell("find tree | xargs stat -c '%n %i %Z'")
    for mode in ["always", "if-changed"] {
      let same = try workshop.done(
        "restore", "latest", "--target", "/", "--overwrite", mode, "--verbose", "--verify", "--json")
      #expect(try workshop.json(same, "set(o['action'] for o in d[:-1])") == "{'unchanged'}", "\(mode)")
      #expect(try workshop.shell("find tree | xargs stat -c '%n %i %Z'") == before, "\(mode)")
    }
    try workshop.shell(
      """
      cd tree && echo two >> log && chattr -i file fixed && rm name fixed/file && echo two > file
      chattr +i file fixed
      """)
    let result = try workshop.firn("restore", "latest", "--target", "/")
    #expect(result.status == 3)
    for name in ["file", "log", "fixed"] {
      #expect(result.errors.contains("\(workshop.tree)/\(name) is immutable or append-only"), "\(result.errors)")
    }
    #expect(try workshop.shell("cat tree/file tree/log tree/name") == "two\none\ntwo\none\n")
  }

  @Test(
    "brings flags back that forbid changes, also of files with several names and of what replaces a file",
    .enabled(if: geteuid() == 0))
  func flags() throws {
    let workshop = try Workshop()
    defer { _ = try? workshop.shell("chattr -R -i -a tree out") }
    try workshop.shell(
      """
      mkdir tree/d && echo one > tree/a && ln tree/a tree/b && ln tree/a tree/d/c && echo two > tree/single
      chattr +i tree/a tree/d && chattr +a tree/single
      mkdir out && echo old > out/single && ln out/single other
      """)
    try workshop.done("backup", workshop.tree)
    let arguments = ["restore", "latest:" + workshop.tree, "--target", workshop.root + "/out"]
    for expected in [5, 1] {
      let result = try BuiltCommand.run(arguments + ["--json"], environment: workshop.environment)
      #expect(result.status == 0 && result.errors == "", "\(result.errors)")
      #expect(try workshop.json(result, "d[-1]['files'] + d[-1]['directories']") == "\(expected)")
      #expect(try workshop.shell("stat -c %h out/a && cat out/d/c out/single other") == "3\none\ntwo\nold\n")
      let flags = "lsattr -d out/a out/d out/single | cut -c5,6 && ls -A out"
      #expect(try workshop.shell(flags) == "i-\ni-\n-a\na\nb\nd\nsingle\n")
    }
  }

  @Test("deletes what is deeper than the number of files that may be open")
  func deepExtra() throws {
    let workshop = try workshop()
    let target = workshop.root + "/out"
    try workshop.done("restore", "latest:" + workshop.tree, "--target", target)
    try workshop.shell("mkdir -p out/deep/$(printf 'd/%.0s' $(seq 1000)) && : > out/deep/d/d/d/file")
    let result = try BuiltCommand.run(
      "/bin/sh",
      [
        "-c", "ulimit -n 200 && exec \"$0\" \"$@\"", BuiltCommand.path, "restore", "latest:" + workshop.tree,
        "--target", target, "--delete", "--json",
      ], environment: workshop.environment)
    #expect(result.status == 0, "\(result.errors)")
    #expect(try workshop.json(result, "d[-1]['deleted']") == "1")
    try workshop.shell("test ! -e out/deep")
  }

  @Test("fails clearly for what isn't there")
  func missing() throws {
    let workshop = try workshop()
    #expect(try workshop.firn("restore", "latest:/nothing", "--target", workshop.root + "/out").status == 1)
    #expect(try workshop.firn("restore", "0000000", "--target", workshop.root + "/out").status == 1)
  }
}
