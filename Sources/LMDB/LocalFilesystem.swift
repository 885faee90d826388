import CLMDB

/// The rule that environments lie on local filesystems: memory maps and robust locks aren't sound on the others.
enum LocalFilesystem {
  /// Filesystem types, by the magic number `statfs` gives, on which an environment is refused.
  private static let refused: [UInt32: String] = [
    0x6969: "NFS", 0x517B: "SMB", 0xFF53_4D42: "CIFS", 0xFE53_4D42: "SMB", 0x0102_1997: "9p", 0x6573_5546: "FUSE",
    0x00C3_6400: "Ceph", 0x5346_414F: "AFS", 0x6B41_4653: "AFS", 0x7375_7245: "Coda", 0x564C: "NCP",
    0x0BD0_0BD0: "Lustre", 0x1983_0326: "BeeGFS", 0x786F_4256: "a shared folder of the host",
  ]

  /// The name of the refused filesystem type that `magic` stands for, or nil when it is not refused.
  static func refusal(magic: UInt32) -> String? { refused[magic] }

  /// Throws `.networkFilesystem` when `path` lies on a refused filesystem.
  static func require(_ path: String) throws(LMDBError) {
    var status = statfs()
    guard statfs(path, &status) == 0 else { throw .system("looking at the filesystem of \(path)") }
    if let name = refusal(magic: UInt32(truncatingIfNeeded: status.f_type)) {
      throw LMDBError(code: .networkFilesystem, message: "\(path) is on \(name), where an environment can't be kept")
    }
  }
}
