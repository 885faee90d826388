import CBlkid
package import FileSystem
import Glibc

/// Looks for what file systems, partition tables, RAIDs, volume managers and swap areas leave on a device by which to
/// recognize them, as libblkid knows them.
package struct SignatureProbe: ~Copyable {
  /// More than any device has: one that takes writes and keeps nothing would be erased for ever.
  private static let mostSignatures = 1_000

  private let probe: blkid_probe
  private let descriptor: Descriptor
  private let path: PathBytes

  /// Opens the device or image; for erasing too if that is wanted.
  package init(at path: PathBytes, erasing: Bool) throws(SignatureError) {
    // Nothing is erased on a device that has come into use; of a file the flag says nothing.
    let access = erasing ? O_RDWR | O_EXCL : O_RDONLY
    let number = path.withCString { open($0, access | O_CLOEXEC | O_NONBLOCK) }
    guard number >= 0 else { throw SignatureError("can't open \(path) to look for signatures: \(Self.reason)") }
    let descriptor = Descriptor(adopting: number)
    guard let probe = blkid_new_probe() else { throw SignatureError("no memory to look for signatures on \(path)") }
    guard blkid_probe_set_device(probe, number, 0, 0) == 0 else {
      blkid_free_probe(probe)
      throw SignatureError("can't look for signatures on \(path)")
    }
    // Those whose checksum is wrong too: what is damaged may be all that is left of something.
    blkid_probe_enable_superblocks(probe, 1)
    blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_MAGIC | BLKID_SUBLKS_BADCSUM)
    blkid_probe_enable_partitions(probe, 1)
    blkid_probe_set_partitions_flags(probe, BLKID_PARTS_MAGIC | BLKID_PARTS_FORCE_GPT)
    self.probe = probe
    self.descriptor = descriptor
    self.path = path
  }

  deinit { blkid_free_probe(probe) }

  /// The names of all that is found, such as `ext4`, `gpt`, `LVM2_member`; each once, sorted.
  package func names() throws(SignatureError) -> [String] {
    var names: Set<String> = []
    try eachSignature { names.insert($0) }
    return names.sorted()
  }

  /// Overwrites every signature that is found.
  package func erase() throws(SignatureError) {
    var count = 0
    try eachSignature { (name) throws(SignatureError) in
      count += 1
      guard count <= Self.mostSignatures else {
        throw SignatureError("the signature of \(name) is still on \(path) after it was erased")
      }
      guard blkid_do_wipe(probe, 0) == 0 else {
        throw SignatureError("can't erase the signature of \(name) on \(path): \(Self.reason)")
      }
    }
    guard fsync(descriptor.rawValue) == 0 else { throw SignatureError("can't flush \(path): \(Self.reason)") }
  }

  private func eachSignature(_ body: (String) throws(SignatureError) -> Void) throws(SignatureError) {
    blkid_reset_probe(probe)
    while true {
      switch blkid_do_probe(probe) {
      case 0: try body(value("TYPE") ?? value("PTTYPE") ?? "something unknown")
      case 1: return
      default: throw SignatureError("can't look for signatures on \(path): \(Self.reason)")
      }
    }
  }

  private func value(_ key: String) -> String? {
    var text: UnsafePointer<CChar>?
    guard blkid_probe_lookup_value(probe, key, &text, nil) == 0, let text else { return nil }
    return String(cString: text)
  }

  private static var reason: String { String(cString: strerror(errno)) }
}

/// Why signatures could not be looked for or erased.
package struct SignatureError: Error, CustomStringConvertible {
  /// One sentence that names the device.
  package let description: String

  init(_ description: String) { self.description = description }
}
