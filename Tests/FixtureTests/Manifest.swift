import Cryptography
import FoundationEssentials
import Format
import Repository
import Snapshots
import Testing

/// What a fixture says of a node, in the form that the second reader prints.
struct ManifestEntry: Decodable, Equatable {
  var path: String
  var type: String
  var mode: UInt16
  var uid: UInt32
  var gid: UInt32
  var modified: [Int64]
  var changed: [Int64]
  var inode: UInt64
  var device: UInt64
  var links: UInt64
  var born: [Int64]?
  var flags: UInt32?
  var attributes: [String: String]?
  var extensions: [String: String]?
  var size: UInt64?
  var sha256: String?
  var holes: [[UInt64]]?
  var zeros: [[UInt64]]?
  var target: String?
  var major: UInt64?
  var minor: UInt64?

  static func read(_ path: String) throws -> [ManifestEntry] {
    try JSONDecoder().decode([ManifestEntry].self, from: Data(contentsOf: URL(filePath: path)))
  }

  /// The entry of a node that the library reads.
  init(_ entry: TreeEntry, contents: ContentReader) throws {
    let node = entry.node
    path = PathText.escape(entry.path)
    type = Self.names[node.type] ?? ""
    (mode, uid, gid, inode, device, links) = (node.mode, node.uid, node.gid, node.inode, node.device, node.linkCount)
    modified = Self.numbers(node.mtime)
    changed = Self.numbers(node.ctime)
    born = node.birthTime.map(Self.numbers)
    flags = node.inodeFlags
    if !node.extendedAttributes.isEmpty {
      attributes = Dictionary(
        uniqueKeysWithValues: node.extendedAttributes.map { (Self.hex($0.name), Self.hex($0.value)) })
    }
    if !node.extensions.isEmpty {
      extensions = Dictionary(uniqueKeysWithValues: node.extensions.map { ("\($0.tag)", Self.hex($0.value)) })
    }
    switch node.content {
    case .file: try read(entry, contents)
    case .symbolicLink(let target): self.target = PathText.escape(target)
    case .device(let major, let minor): (self.major, self.minor) = (major, minor)
    case .directory, .none: break
    }
  }

  private mutating func read(_ entry: TreeEntry, _ contents: ContentReader) throws {
    var bytes: [UInt8] = []
    var holes: [[UInt64]] = []
    var zeros: [[UInt64]] = []
    try contents.read(entry) { (piece) throws(SnapshotsError) in
      switch piece {
      case .data(let data): bytes.append(contentsOf: data)
      case .zeros(let count, let isHole):
        if isHole { holes.append([UInt64(bytes.count), count]) } else { zeros.append([UInt64(bytes.count), count]) }
        bytes.append(contentsOf: [UInt8](repeating: 0, count: Int(count)))
      }
    }
    size = entry.node.size
    sha256 = bytes.withUnsafeBytes { Self.hex(SHA256Hasher.hash($0).withUnsafeBytes(Array.init)) }
    self.holes = holes
    self.zeros = zeros
  }

  private static let names: [Format.FileType: String] = [
    .file: "file", .directory: "directory", .symbolicLink: "symlink", .fifo: "fifo", .socket: "socket",
    .characterDevice: "character device", .blockDevice: "block device",
  ]

  private static func numbers(_ time: Timestamp) -> [Int64] { [time.seconds, Int64(time.nanoseconds)] }

  private static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
