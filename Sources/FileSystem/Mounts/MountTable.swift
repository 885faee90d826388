import Glibc

/// What is mounted, as this process sees it, in the order in which it was mounted.
public struct MountTable: Sendable {
  /// The mounts.
  public let mounts: [Mount]

  /// What is mounted now.
  public static func current() throws(FileSystemError) -> MountTable {
    let path: PathBytes = "/proc/self/mountinfo"
    let result = path.withCString { SystemCall.openat(AT_FDCWD, $0, O_RDONLY | O_CLOEXEC) }
    try SystemCall.check(result, "open", path)
    let descriptor = Descriptor(adopting: result)
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = block.withUnsafeMutableBytes { buffer in
        SystemCall.retrying { SystemCall.read(descriptor.rawValue, buffer) }
      }
      guard try SystemCall.check(count, "read", path) > 0 else { break }
      bytes += block[..<count]
    }
    return MountTable(parsing: bytes)
  }

  /// The mounts of a text in the form of mountinfo(5); other lines are passed over.
  init(parsing bytes: [UInt8]) {
    mounts = bytes.split(separator: UInt8(ascii: "\n")).compactMap { Mount(line: $0) }
  }

  /// The mount that an object was found through; nil where the kernel doesn't tell.
  public func mount(of status: FileStatus) -> Mount? {
    mounts.last { $0.id == status.mount }
  }
}
