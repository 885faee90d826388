import BackendTestSupport
import Glibc
import Testing

@testable import Commands

@Suite("A repository on a block device")
struct BlockDeviceCommandTests {
  /// As fdisk makes one, which leaves what is before it.
  private static let partitionTable = """
    printf '\\203\\0\\0\\0\\0\\010\\0\\0\\350\\003\\0\\0' | dd of=image bs=1 seek=450 conv=notrunc status=none
    printf '\\125\\252' | dd of=image bs=1 seek=510 conv=notrunc status=none
    """

  /// A workshop with an image of 64 MiB.
  private func workshop() throws -> Workshop {
    let workshop = try Workshop(initializing: false)
    try workshop.shell("truncate -s 64M image")
    workshop.environment["FIRN_REPOSITORY"] = "blockdev:\(workshop.root)/image"
    return workshop
  }

  private func formatted() throws -> Workshop {
    let workshop = try workshop()
    try workshop.done("volume", "format", workshop.image, "--label", "try")
    try workshop.done("init", "--kdf-cost", "14")
    return workshop
  }

  @Test("takes snapshots, gives them back, is checked, forgets and is pruned, here and where it is copied to")
  func wholeLife() throws {
    let workshop = try formatted()
    try workshop.write(String(repeating: "first ", count: 200_000), to: "large")
    try workshop.write("small", to: "small")
    try workshop.done("backup", workshop.tree)
    try workshop.shell("head -c 9000000 /dev/urandom >tree/random && rm tree/large")
    try workshop.done("backup", workshop.tree)
    try workshop.done("check", "--read-data")
    try workshop.done("restore", "latest", "--target", workshop.root + "/restored")
    try workshop.shell("diff -r tree restored\(workshop.tree)")
    try workshop.shell("rm tree/random")
    try workshop.done("backup", workshop.tree)
    let free = try workshop.info("free")
    try workshop.done("forget", "--keep-last", "1", "--prune")
    #expect(try workshop.info("free") > free + 8_000_000)
    // On another machine, which knows nothing of it.
    try workshop.shell("mv image elsewhere")
    workshop.environment["FIRN_REPOSITORY"] = "blockdev:\(workshop.root)/elsewhere"
    workshop.environment["FIRN_CACHE_DIR"] = workshop.root + "/other-cache"
    try workshop.done("check", "--read-data")
    #expect(try workshop.done("dump", "latest", workshop.tree + "/small").text == "small")
    let check = try workshop.done("volume", "check", workshop.root + "/elsewhere", "--json")
    #expect(try workshop.json(check, "d[-1]['sound']") == "True")
  }

  @Test("is only made where a volume is, and says how to make one")
  func needsVolume() throws {
    let workshop = try workshop()
    let result = try workshop.firn("init", "--kdf-cost", "14")
    #expect(result.status == 10 && result.errors.contains("firn volume format"), "\(result.errors)")
    for arguments in [["init"], ["volume", "info", workshop.image], ["volume", "format", workshop.image + "x"]] {
      let result = try BuiltCommand.run(arguments, environment: workshop.environment)
      #expect(result.status == 10 && !result.errors.contains("firn init"), "\(result.errors)")
    }
    try workshop.done("volume", "format", workshop.image)
    let unmade = try workshop.firn("snapshots")
    #expect(unmade.status == 10 && unmade.errors.contains("firn init"), "\(unmade.errors)")
    let made = try workshop.done("init", "--kdf-cost", "14").text
    #expect(made.contains(" at blockdev:\(workshop.image)\n"), "\(made)")
    #expect(try workshop.firn("init", "--kdf-cost", "14").status == 1)
  }

  @Test(
    "is not made over what somebody may need, unless that is named",
    arguments: [
      ("mkfs.ext4 -q -F image", "ext4"), ("mkswap -q image", "swap"),
      ("printf 'LUKS\\272\\276\\000\\001' | dd of=image conv=notrunc status=none", "crypto_LUKS"),
      (Self.partitionTable, "dos"),
      ("printf x | dd of=image bs=1 seek=70000 conv=notrunc status=none", "unknown-data"),
    ])
  func refusesOthers(script: String, name: String) throws {
    let workshop = try workshop()
    workshop.environment["PATH"] = "/usr/sbin:/sbin:/usr/bin:/bin"
    try workshop.shell(script)
    let before = try workshop.shell("sha256sum image")
    for arguments in [[], ["--erase", "something"], ["--dry-run"]] {
      let result = try BuiltCommand.run(
        ["volume", "format", workshop.image] + arguments, environment: workshop.environment)
      #expect(result.status == 1 && result.errors.contains(name), "\(result.errors)")
    }
    #expect(try workshop.shell("sha256sum image") == before)
    try workshop.done("volume", "format", workshop.image, "--erase", name)
    #expect(try workshop.shell("blkid -p image || true").isEmpty)
    let again = try workshop.firn("volume", "format", workshop.image)
    #expect(again.status == 1 && again.errors.contains("firn"), "\(again.errors)")
    try workshop.done("volume", "format", workshop.image, "--erase", "firn")
    try workshop.done("init", "--kdf-cost", "14")
  }

  @Test("can be read where nothing can be written", .enabled(if: geteuid() == 0, "needs root"))
  func readsOnly() throws {
    let workshop = try formatted()
    workshop.environment["PATH"] = "/usr/sbin:/sbin:/usr/bin:/bin"
    try workshop.write("x", to: "file")
    try workshop.done("backup", workshop.tree)
    let device = try String(workshop.shell("losetup -f --show -r image").dropLast())
    defer { _ = try? workshop.shell("losetup -d \(device)") }
    workshop.environment["FIRN_REPOSITORY"] = "blockdev:\(device)"
    #expect(try workshop.done("dump", "latest", workshop.tree + "/file").text == "x")
    let result = try workshop.firn("backup", workshop.tree)
    #expect(result.status == 17 && result.errors.contains("read-only"), "\(result.errors)")
  }

  @Test("is neither made on nor looked for on a device that is mounted", .enabled(if: geteuid() == 0, "needs root"))
  func refusesMounted() throws {
    let workshop = try workshop()
    workshop.environment["PATH"] = "/usr/sbin:/sbin:/usr/bin:/bin"
    try workshop.shell("mkfs.ext4 -q -F image && mkdir mounted && losetup -f --show image >device")
    let device = try String(workshop.shell("cat device").dropLast())
    defer { _ = try? workshop.shell("umount mounted; losetup -d \(device)") }
    try workshop.shell("mount \(device) mounted")
    for arguments in [
      ["volume", "format", device], ["volume", "format", device, "--erase", "ext4"], ["volume", "info", device],
      ["snapshots", "-r", "blockdev:\(device)"],
    ] {
      let result = try BuiltCommand.run(arguments, environment: workshop.environment)
      #expect(result.status == 11 && result.errors.contains("in use by the system"), "\(result.errors)")
    }
  }

  @Test(
    "is neither made on nor looked for in an image that a loop device has",
    .enabled(if: geteuid() == 0, "needs root"))
  func refusesAttached() throws {
    let workshop = try formatted()
    workshop.environment["PATH"] = "/usr/sbin:/sbin:/usr/bin:/bin"
    let device = try String(workshop.shell("losetup -f --show image").dropLast())
    defer { _ = try? workshop.shell("losetup -d \(device)") }
    for arguments in [["volume", "format", workshop.image, "--erase", "firn"], ["snapshots"]] {
      let result = try BuiltCommand.run(arguments, environment: workshop.environment)
      #expect(result.status == 11 && result.errors.contains("loop device"), "\(result.errors)")
    }
    try workshop.done("snapshots", "-r", "blockdev:\(device)")
  }

  @Test("is not begun to be made where there is too little room: nothing is erased")
  func erasesNothingInVain() throws {
    let workshop = try workshop()
    workshop.environment["PATH"] = "/usr/sbin:/sbin:/usr/bin:/bin"
    try workshop.shell("truncate -s 4M image && mkfs.ext4 -q -F image")
    let before = try workshop.shell("sha256sum image")
    for arguments in [[], ["--dry-run"]] {
      let result = try BuiltCommand.run(
        ["volume", "format", workshop.image, "--erase", "ext4"] + arguments, environment: workshop.environment)
      #expect(result.status == 1 && result.errors.contains("8 MiB"), "\(result.errors)")
    }
    #expect(try workshop.shell("sha256sum image") == before)
  }

  @Test("is left as it is by a restore that would put an old state in its place, or remove it")
  func survivesRestore() throws {
    let workshop = try formatted()
    try workshop.write("x", to: "file")
    // The image changes while it is read.
    #expect([0, 3].contains(try workshop.firn("backup", workshop.root, "--exclude", "cache").status))
    try workshop.done("backup", workshop.tree)
    let result = try workshop.firn("restore", "latest~1:\(workshop.root)", "--target", workshop.root)
    #expect(result.status == 3 && result.errors.contains("image"), "\(result.errors)")
    try workshop.done("check", "--read-data")
    #expect(try workshop.json(workshop.done("snapshots", "--json"), "len(d[0])") == "2")
    try workshop.done("backup", workshop.root, "--exclude", "image", "--exclude", "cache", "--tag", "without")
    try workshop.done("restore", "latest:\(workshop.root)", "--target", workshop.root, "--delete")
    #expect(try workshop.json(workshop.done("snapshots", "--json"), "len(d[0])") == "3")
  }

  @Test(
    "is left alone when something else was made over it, until that is named",
    arguments: [
      ("mkfs.ext4 -q -F -E nodiscard image", "ext4"), ("mkswap -q image", "swap"), (Self.partitionTable, "dos"),
    ])
  func refusesToWriteOver(script: String, name: String) throws {
    let workshop = try formatted()
    workshop.environment["PATH"] = "/usr/sbin:/sbin:/usr/bin:/bin"
    try workshop.write("x", to: "file")
    try workshop.done("backup", workshop.tree)
    try workshop.shell(script)
    let before = try workshop.shell("sha256sum image")
    for arguments in [
      ["backup", workshop.tree], ["forget", "latest"], ["volume", "check", workshop.image, "--repair"],
      ["volume", "check", workshop.image, "--repair", "--erase", "something"],
    ] {
      let result = try BuiltCommand.run(arguments, environment: workshop.environment)
      #expect(result.status == 17 && result.errors.contains("\(name) was made on"), "\(result.errors)")
      #expect(result.errors.contains("volume check --repair --erase \(name)"), "\(result.errors)")
    }
    // What can be read still is, and whoever reads is told.
    let read = try workshop.firn("dump", "latest", workshop.tree + "/file")
    #expect(read.status == 0 && read.text == "x" && read.errors.contains("\(name) was made on"), "\(read.errors)")
    #expect(try workshop.shell("sha256sum image") == before)
    try workshop.done("volume", "check", workshop.image, "--repair", "--erase", name)
    #expect(try workshop.shell("blkid -p image || true").isEmpty)
    #expect(try workshop.firn("backup", workshop.tree).errors.contains("was made on") == false)
  }

  @Test("is not taken for an empty device when its beginning was cleared, and comes back")
  func survivesClearing() throws {
    let workshop = try formatted()
    try workshop.write("x", to: "file")
    try workshop.done("backup", workshop.tree)
    try workshop.shell("dd if=/dev/zero of=image bs=1M count=1 conv=notrunc status=none")
    let result = try workshop.firn("volume", "format", workshop.image)
    #expect(result.status == 1 && result.errors.contains("holds firn"), "\(result.errors)")
    try workshop.done("volume", "check", workshop.image, "--repair")
    #expect(try workshop.firn("volume", "check", workshop.image).status == 0)
    try workshop.done("check", "--read-data")
  }

  @Test("says once that a superblock is damaged, and goes on")
  func tellsOfSuperblock() throws {
    let workshop = try formatted()
    try workshop.shell("head -c 4096 /dev/urandom | dd of=image conv=notrunc status=none")
    for arguments in [["backup", workshop.tree], ["snapshots"], ["volume", "info", workshop.image]] {
      let result = try BuiltCommand.run(arguments, environment: workshop.environment)
      let told = result.errors.ranges(of: "firn volume check --repair").count
      #expect(result.status == 0 && told == 1, "\(result.errors)")
    }
    try workshop.done("volume", "check", workshop.image, "--repair")
    #expect(try !workshop.firn("snapshots").errors.contains("superblock"))
  }

  @Test("has its damaged superblock and log reported and repaired")
  func repairs() throws {
    let workshop = try formatted()
    try workshop.shell("printf damage | dd of=image bs=1 seek=100 conv=notrunc status=none")
    let found = try workshop.firn("volume", "check", workshop.image, "--json")
    #expect(found.status == 13)
    #expect(
      try workshop.json(found, "d[0]['severity'], d[0]['code'], d[-1]['sound']") == "('warning', 'superblock', False)")
    #expect(try workshop.isJSONLines(found))
    try workshop.done("volume", "check", workshop.image, "--repair")
    #expect(try workshop.firn("volume", "check", workshop.image).status == 0)
    try workshop.done("check")
  }
}

extension Workshop {
  fileprivate var image: String { root + "/image" }

  /// A number that `volume info` tells.
  fileprivate func info(_ field: String) throws -> Int {
    try #require(Int(json(done("volume", "info", image, "--json"), "d[0]['\(field)']")))
  }
}
