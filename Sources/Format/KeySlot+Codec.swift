internal import Cryptography
internal import FoundationEssentials

private let record: StaticString = "key slot"

private struct Header: Codable {
  static let firn = "key slot"
  static let kdf = "argon2id"

  let firn: String
  let version: Int
  let role, repository, created, label, host, user, kdf: String
  let memory, passes, lanes: UInt32
  let salt: String
}

extension KeySlot {
  private static let commitmentLength = 32
  private static let lineFeed = UInt8(ascii: "\n")

  /// The first line with its line feed: the associated data of the secrets.
  public func encodedHeader() throws(FormatError) -> [UInt8] {
    let header = Header(
      firn: Header.firn, version: JSONBody.version, role: role.rawValue, repository: repository.hex,
      created: created.textOfSeconds, label: label, host: host, user: user, kdf: Header.kdf,
      memory: cost.memory, passes: cost.passes, lanes: cost.lanes, salt: salt.hexadecimal)
    return try JSONBody.encode(header, record: record, atMost: Limits.keySlotLength) + [Self.lineFeed]
  }

  /// The whole slot from the key's commitment (32 bytes) and the secrets as they were sealed with `encodedHeader()`.
  ///
  /// Throws when label, host and user make it longer than the format allows.
  public func encode(commitment: [UInt8], sealed: [UInt8]) throws(FormatError) -> [UInt8] {
    precondition(commitment.count == Self.commitmentLength, "a commitment has 32 bytes")
    precondition(Self.sealedLengths(of: role).contains(sealed.count), "the secrets are those of the slot's role")
    let slot = try encodedHeader() + Data(commitment + sealed).base64EncodedString().utf8 + [Self.lineFeed]
    guard slot.count <= Limits.keySlotLength else {
      throw .limit(record, "longer than \(Limits.keySlotLength) bytes")
    }
    return slot
  }

  /// Decodes a slot and checks the bounds of its cost.
  ///
  /// `headerBytes` is the first line as found, line feed included: the associated data of `sealed`.
  public static func decode(
    _ bytes: [UInt8]
  ) throws(FormatError) -> (slot: KeySlot, headerBytes: [UInt8], commitment: [UInt8], sealed: [UInt8]) {
    guard bytes.count <= Limits.keySlotLength else {
      throw .limit(record, "longer than \(Limits.keySlotLength) bytes")
    }
    let lines = bytes.split(separator: lineFeed, omittingEmptySubsequences: false)
    guard lines.count == 3, lines[2].isEmpty else { throw .malformed(record, "not two lines") }
    let headerBytes = lines[0] + [lineFeed]
    let slot = try header([UInt8](lines[0]))
    let text = String(decoding: lines[1], as: UTF8.self)
    // Text that comes out otherwise when it is written again has stray bits or characters.
    guard let secrets = Data(base64Encoded: text), secrets.base64EncodedString() == text else {
      throw .malformed(record, "secrets: not base64")
    }
    guard sealedLengths(of: slot.role).contains(secrets.count - commitmentLength) else {
      throw .malformed(record, "secrets: not of the length that the role has")
    }
    return (
      slot, [UInt8](headerBytes), [UInt8](secrets.prefix(commitmentLength)),
      [UInt8](secrets.dropFirst(commitmentLength))
    )
  }

  /// A role byte, the role's keys of 32 bytes each, and a tag.
  private static func sealedLengths(of role: KeyRole) -> [Int] {
    let counts =
      switch role {
      case .full: [2, 4]
      case .write: [5]
      }
    return counts.map { 1 + $0 * 32 + 16 }
  }

  private static func header(_ line: [UInt8]) throws(FormatError) -> KeySlot {
    let header = try line.withBytes { (line) throws(FormatError) in
      try JSONBody.decode(line, as: Header.self, record: record, atMost: Limits.keySlotLength)
    }
    guard header.firn == Header.firn else { throw .malformed(record, "firn: not a key slot") }
    guard let role = KeyRole(rawValue: header.role) else { throw .unsupported(record, "role") }
    guard header.kdf == Header.kdf else { throw .unsupported(record, "kdf") }
    let cost = Argon2id.Cost(memory: header.memory, passes: header.passes, lanes: header.lanes)
    guard Limits.allows(cost) else { throw .limit(record, "memory, passes or lanes: out of bounds") }
    guard let salt = Digest256(hexadecimal: header.salt) else {
      throw .malformed(record, "salt: not 64 hexadecimal digits")
    }
    return KeySlot(
      role: role, repository: try JSONMember.id(header.repository, record, "repository"),
      created: try JSONMember.time(header.created, record, "created"), label: header.label, host: header.host,
      user: header.user, cost: cost, salt: salt)
  }
}
