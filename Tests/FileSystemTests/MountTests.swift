import Glibc
import Testing

@testable import FileSystem

@Suite("What is mounted")
struct MountTests {
  private func mounts(_ text: String) -> [Mount] { MountTable(parsing: Array(text.utf8)).mounts }

  @Test("is read from mountinfo's lines, with any number of optional fields and with escaped bytes")
  func reads() throws {
    let found = mounts(
      """
      36 35 98:0 /part /mnt/a\\040b\\134 rw,noatime master:1 shared:7 - ext4 /dev/disk\\0111 rw,errors=continue
      37 35 0:40 / /mnt/n ro,relatime - nfs4 server:/export rw
      38 35 0:41 / /mnt/m rw - tmpfs  ro,size=4k
      """)
    try #require(found.count == 3)
    #expect(found[0].id == 36)
    #expect(found[0].root == "/part")
    #expect(found[0].point == "/mnt/a b\\")
    #expect(found[0].type == "ext4")
    #expect(found[0].source == "/dev/disk\t1")
    #expect(found.map(\.isReadOnly) == [false, true, true])
    #expect(found[1].source == "server:/export")
    #expect(found[2].source == "")
  }

  @Test(
    "passes over lines that are no mounts",
    arguments: [
      "", " ", "36", "x 35 98:0 / /mnt rw - ext4 /dev/a rw", "36 35 98:0 / /mnt rw shared:1 ext4 /dev/a rw x y",
      "36 35 98:0 / /mnt rw shared:1 - ext4", "36 35 98:0 /\\000 /mnt rw - ext4 /dev/a rw x",
    ])
  func passesOver(line: String) {
    #expect(mounts(line + "\n1 0 8:1 / / rw - ext4 /dev/b rw\n" + line).map(\.id) == [1])
  }

  @Test("has the mount that a directory was found through")
  func findsDirectory() throws {
    let table = try MountTable.current()
    let mount = try #require(try table.mount(of: Directory(at: "/proc").status()))
    #expect(mount.type == "proc")
    #expect(mount.point == "/proc")
    #expect(!mount.isReadOnly)
  }

  @Test("is on a device that links name, as udev writes them, and on no other")
  func findsLinks() throws {
    let directory = try TemporaryDirectory()
    let path = directory.root.path.escaped
    for name in ["by-label", "by-uuid"] { #expect(mkdir("\(path)/\(name)", 0o755) == 0) }
    close(open("\(path)/device", O_WRONLY | O_CREAT, 0o600))
    #expect(symlink("../device", "\(path)/by-label/my\\x20disk\\x2fé") == 0)
    #expect(symlink("../device", "\(path)/by-uuid/12-34") == 0)
    #expect(symlink("../missing", "\(path)/by-uuid/00-00") == 0)
    let links = DeviceLinks(directory: path)
    let device = try #require(PathBytes("\(path)/device"))
    #expect(links.device(.label, "my disk/é") == device)
    #expect(links.device(.uuid, "12-34") == device)
    #expect(links.name(.uuid, of: device) == "12-34")
    for (kind, name) in [(.label, "12-34"), (.uuid, "00-00"), (.label, ".."), (.label, ""), (.id, "12-34")]
      as [(DeviceLinks.Kind, String)]
    {
      #expect(links.device(kind, name) == nil, "\(kind) \(name)")
    }
    #expect(links.name(.id, of: device) == nil)
    #expect(links.name(.uuid, of: "/dev/null") == nil)
  }
}
