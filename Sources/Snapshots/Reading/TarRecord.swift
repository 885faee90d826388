/// One 512-byte header of a tar archive in the POSIX ustar layout, and the pax records that say what it has no room for.
struct TarRecord {
  static let blockLength = 512

  /// What follows the header.
  enum Kind: UInt8 {
    case file = 0x30
    case hardLink = 0x31
    case symbolicLink = 0x32
    case characterDevice = 0x33
    case blockDevice = 0x34
    case directory = 0x35
    case fifo = 0x36
    case extended = 0x78
  }

  var kind: Kind
  var name: [UInt8]
  var linkName: [UInt8] = []
  var mode: UInt64 = 0
  var uid: UInt64 = 0
  var gid: UInt64 = 0
  var userName: [UInt8] = []
  var groupName: [UInt8] = []
  var size: UInt64 = 0
  var seconds: Int64 = 0
  var major: UInt64 = 0
  var minor: UInt64 = 0

  /// The header. A name or number that doesn't fit into a field is cut there or left out: a pax record has it whole. Owners' names
  /// are left out, since one that is cut could be another account's.
  func encode() -> [UInt8] {
    var block: [UInt8] = []
    block.reserveCapacity(Self.blockLength)
    Self.append(name, width: 100, to: &block)
    Self.append(octal: mode, digits: 7, to: &block)
    Self.append(octal: uid, digits: 7, to: &block)
    Self.append(octal: gid, digits: 7, to: &block)
    Self.append(octal: size, digits: 11, to: &block)
    Self.append(octal: UInt64(max(0, seconds)), digits: 11, to: &block)
    // The checksum is computed as if its own field were blank.
    block += [UInt8](repeating: UInt8(ascii: " "), count: 8)
    block.append(kind.rawValue)
    Self.append(linkName, width: 100, to: &block)
    block += Array("ustar\0".utf8) + Array("00".utf8)
    for name in [userName, groupName] { Self.append(Self.fitsOwner(name) ? name : [], width: 32, to: &block) }
    Self.append(octal: major, digits: 7, to: &block)
    Self.append(octal: minor, digits: 7, to: &block)
    block += [UInt8](repeating: 0, count: Self.blockLength - block.count)
    var checksum: [UInt8] = []
    Self.append(octal: block.reduce(0) { $0 + UInt64($1) }, digits: 6, to: &checksum)
    block.replaceSubrange(148..<155, with: checksum)
    return block
  }

  /// Whether a user's or a group's name fits with the zero byte after it.
  static func fitsOwner(_ name: [UInt8]) -> Bool { name.count < 32 }

  static func fitsOctal(_ value: UInt64, digits: Int) -> Bool { value >> (3 * UInt64(digits)) == 0 }

  private static func append(_ bytes: [UInt8], width: Int, to block: inout [UInt8]) {
    let kept = bytes.prefix(width)
    block += kept
    block += [UInt8](repeating: 0, count: width - kept.count)
  }

  private static func append(octal value: UInt64, digits: Int, to block: inout [UInt8]) {
    let value = fitsOctal(value, digits: digits) ? value : 0
    for digit in (0..<digits).reversed() {
      block.append(UInt8(ascii: "0") + UInt8(value >> (3 * UInt64(digit)) & 7))
    }
    block.append(0)
  }
}

/// The pax records of one entry: what a ustar header can't say.
struct PaxRecords {
  private(set) var bytes: [UInt8] = []

  /// Adds `keyword=value`. A record begins with its own length in decimal, which counts itself.
  mutating func append(_ keyword: [UInt8], _ value: [UInt8]) {
    let rest = keyword.count + value.count + 3
    var length = rest + 1
    while length != rest + String(length).utf8.count { length = rest + String(length).utf8.count }
    bytes += Array(String(length).utf8) + [UInt8(ascii: " ")] + keyword
    bytes += [UInt8(ascii: "=")] + value + [UInt8(ascii: "\n")]
  }

  mutating func append(_ keyword: String, _ value: [UInt8]) { append(Array(keyword.utf8), value) }

  mutating func append(_ keyword: String, _ value: some BinaryInteger) {
    append(keyword, Array(String(value).utf8))
  }
}
