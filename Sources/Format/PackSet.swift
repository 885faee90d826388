internal import Cryptography

/// Packs that a prune is about to remove: the body of tombstones and of sweep records.
public struct PackSet: Hashable, Sendable {
  /// The number that the object is named by.
  public var number: UInt64
  /// When the prune made it.
  public var time: Timestamp
  /// The packs.
  public var packs: [PackID]

  /// Makes a set.
  public init(number: UInt64, time: Timestamp, packs: [PackID]) {
    self.number = number
    self.time = time
    self.packs = packs
  }

  /// The name of the tombstone or sweep record of a number: 16 hexadecimal digits.
  public static func objectName(number: UInt64) -> String {
    withUnsafeBytes(of: number.bigEndian) { Hex.text($0) }
  }

  /// The number that an object's name stands for, or nil unless it is 16 lower-case hexadecimal digits and a record can have
  /// it.
  public static func number(objectName: some StringProtocol) -> UInt64? {
    withUnsafeTemporaryAllocation(byteCount: 8, alignment: 8) { bytes in
      guard Hex.parse(objectName, into: bytes) else { return nil }
      let number = UInt64(bigEndian: bytes.load(as: UInt64.self))
      return number <= Limits.jsonNumber ? number : nil
    }
  }
}

/// The set of packs that a prune announces.
public typealias Tombstone = PackSet
/// The set of packs that a prune removes.
public typealias SweepRecord = PackSet

private let record: StaticString = "tombstone or sweep record"

private struct Body: Codable {
  let version: Int
  let number: JSONNumber
  let time: String
  let packs: [String]
}

extension PackSet: BinaryRecord {
  /// The body of the record; throws when it is longer than the format allows.
  public func encode() throws(FormatError) -> [UInt8] {
    let body = Body(version: JSONBody.version, number: JSONNumber(number), time: time.text, packs: packs.map(\.hex))
    return try JSONBody.encode(body, record: record, atMost: Limits.packSetLength)
  }

  /// Decodes the body of the record. The caller compares `number` with the object's name.
  public static func decode(_ bytes: UnsafeRawBufferPointer) throws(FormatError) -> PackSet {
    let body = try JSONBody.decode(bytes, as: Body.self, record: record, atMost: Limits.packSetLength)
    var set = PackSet(number: body.number.value, time: try JSONMember.time(body.time, record, "time"), packs: [])
    set.packs.reserveCapacity(body.packs.count)
    for pack in body.packs { set.packs.append(try JSONMember.id(pack, record, "packs")) }
    return set
  }
}
