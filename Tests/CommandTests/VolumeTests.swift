import Glibc
import Testing

@testable import Commands

@Suite("A repository on a volume", .enabled(if: geteuid() == 0, "mounting needs root"))
final class VolumeTests {
  let workshop: Workshop
  private var repository: String { workshop.root + "/disk/repository" }

  /// Two disks with file systems, and a place to mount one or the other.
  init() throws {
    workshop = try Workshop(initializing: false)
    try workshop.shell(
      """
      mkdir disk
      for name in a b; do truncate -s 32M $name.img && /sbin/mkfs.ext4 -q -L firn-$name-$$ $name.img; done
      echo $$ >number
      """)
    try workshop.write("a file", to: "file")
  }

  deinit { _ = try? workshop.shell("while umount disk 2>/dev/null; do :; done") }

  private func mountDisk(_ name: String, _ options: String = "rw") throws {
    try workshop.shell("mount -o loop,\(options) \(name).img disk")
  }

  private func unmount() throws { try workshop.shell("umount disk") }

  private func volume(_ name: String) throws -> String {
    "volume:firn-\(name)-" + (try workshop.shell("printf %s $(cat number)")) + ":/repository"
  }

  private func firn(_ verb: String, _ place: String, _ arguments: String...) throws -> CommandResult {
    try BuiltCommand.run([verb, "-r", place] + arguments, environment: workshop.environment)
  }

  private func backUp(_ place: String, _ arguments: String...) throws -> CommandResult {
    try BuiltCommand.run(["backup", "-r", place] + arguments + [workshop.tree], environment: workshop.environment)
  }

  @Test("is found by the volume's label or UUID wherever that is mounted, and is made and used nowhere else")
  func isFoundByName() throws {
    let place = try volume("a")
    #expect(try firn("init", place, "--kdf-cost", "14").status == 17)
    #expect(try workshop.shell("ls disk") == "")
    try mountDisk("a")
    #expect(try firn("init", place, "--kdf-cost", "14").status == 0)
    #expect(try backUp(place).status == 0)
    try unmount()
    #expect(try backUp(place).status == 17)
    #expect(try backUp(repository).status == 10)
    #expect(try workshop.shell("ls disk") == "")
    try workshop.shell("mkdir elsewhere && mount -o loop a.img elsewhere")
    defer { _ = try? workshop.shell("umount elsewhere") }
    #expect(try backUp(place).status == 0)
    let uuid = try workshop.shell("printf %s $(/sbin/blkid -o value -s UUID a.img)")
    #expect(try workshop.json(firn("snapshots", "volume:\(uuid):/repository", "--json"), "len(d[0])") == "2")
    #expect(
      try workshop.json(firn("cat", place, "config", "--json"), "d[0]['filesystem']") == "ext4 \(uuid)")
    let restored = try firn("restore", place, "latest:\(workshop.tree)", "--target", workshop.root + "/restored")
    #expect(restored.status == 0, "\(restored.errors)")
    #expect(try workshop.shell("cat restored/file") == "a file")
  }

  @Test("at a path is written to on its own volume only, once that was asked for")
  func requiresMount() throws {
    #expect(try firn("init", repository, "--kdf-cost", "14", "--require-mount").status == 17)
    #expect(try workshop.shell("ls disk") == "")
    try mountDisk("a")
    #expect(try firn("init", repository, "--kdf-cost", "14", "--require-mount").status == 0)
    #expect(try backUp(repository).status == 0)
    try unmount()
    // It is remembered: nobody has to ask for it again.
    let missing = try backUp(repository)
    #expect(missing.status == 17)
    #expect(missing.errors.contains("is not mounted there"))
    #expect(try firn("init", repository, "--kdf-cost", "14").status == 17)
    try mountDisk("b")
    #expect(try firn("init", repository, "--kdf-cost", "14").status == 17)
    #expect(try workshop.shell("ls disk").contains("repository") == false)
    try unmount()
  }

  @Test("that was copied to another one, or is another repository, is read, and written to only when that is accepted")
  func acceptsVolume() throws {
    try mountDisk("a")
    #expect(try firn("init", repository, "--kdf-cost", "14", "--require-mount").status == 0)
    #expect(try backUp(repository).status == 0)
    try workshop.shell("cp -a disk/repository copy")
    try unmount()
    try mountDisk("b")
    try workshop.shell("cp -a copy disk/repository && find disk/repository | sort >before")
    let refused = try backUp(repository)
    #expect(refused.status == 17)
    #expect(refused.errors.contains("belongs on"))
    #expect(try firn("forget", repository, "latest").status == 17)
    #expect(try workshop.shell("find disk/repository | sort | diff before -") == "")
    #expect(try firn("snapshots", repository).status == 0)
    // Another machine knows it from the repository itself.
    workshop.environment["FIRN_STATE_DIR"] = workshop.root + "/other"
    #expect(try backUp(repository).status == 17)
    #expect(try backUp(repository, "--accept-volume").status == 0)
    #expect(try backUp(repository).status == 0)
    try workshop.shell("rm -r disk/repository")
    #expect(try firn("init", workshop.root + "/disk/new", "--kdf-cost", "14").status == 0)
    try workshop.shell("mv disk/new disk/repository")
    let other = try backUp(repository)
    #expect(other.status == 17)
    #expect(other.errors.contains("belongs there"))
  }

  @Test("is on the volume that was named, and not where a link leads from it")
  func staysOnVolume() throws {
    try mountDisk("a")
    try workshop.shell("mkdir elsewhere && ln -s ../elsewhere disk/link")
    let place = try volume("a").replacing("/repository", with: "/link/repository")
    for place in [place, try volume("a").replacing("/repository", with: "/../elsewhere/repository")] {
      #expect(try firn("init", place, "--kdf-cost", "14").status == 17)
    }
    #expect(try workshop.shell("ls elsewhere") == "")
  }

  @Test("is read where nothing can be remembered, and not written to where what is known can't be read")
  func copesWithoutState() throws {
    try mountDisk("a")
    #expect(try firn("init", repository, "--kdf-cost", "14", "--require-mount").status == 0)
    #expect(try backUp(repository).status == 0)
    try workshop.shell("for file in state/places/*; do echo nonsense >$file; done")
    let refused = try backUp(repository)
    #expect(refused.status == 17)
    #expect(refused.errors.contains("no record of a place"))
    #expect(try firn("snapshots", repository).status == 0)
    workshop.environment["FIRN_STATE_DIR"] = "/proc/nowhere"
    #expect(try firn("snapshots", repository, "--require-mount").status == 0)
    #expect(try backUp(repository, "--require-mount").status == 0)
  }

  @Test("that can't be written to, or has not the room that is to be left, is left as it is")
  func refusesEarly() throws {
    try mountDisk("a")
    let place = try volume("a")
    #expect(try firn("init", place, "--kdf-cost", "14").status == 0)
    #expect(try backUp(place, "--min-free", "1M").status == 0)
    #expect(try backUp(place, "--min-free", "1G").status == 14)
    try workshop.shell("mount -o remount,ro disk")
    #expect(try backUp(place).status == 17)
    #expect(try workshop.json(firn("snapshots", place, "--json"), "len(d[0])") == "1")
  }

  @Test("is named by what comes before the path, which may have colons")
  func reads() throws {
    let environment = Environment([:])
    for (text, name, path) in [
      ("volume:backup", "backup", "/"), ("volume:backup:/", "backup", "/"),
      ("volume:my disk:/a:/b", "my disk", "/a:/b"),
      ("volume:usb-x-0:0-part1:/r", "usb-x-0:0-part1", "/r"),
    ] {
      #expect(try RepositoryLocation(text, environment: environment) == .volume(name, path: path))
    }
    for text in ["volume:", "volume::/x", "volume:a/b", "volume:/a"] {
      let error = #expect(throws: CommandError.self) { try RepositoryLocation(text, environment: environment) }
      #expect(error?.exitCode == .usage)
    }
  }
}

extension String {
  fileprivate func replacing(_ part: String, with other: String) -> String {
    split(separator: part, omittingEmptySubsequences: false).joined(separator: other)
  }
}
