public import ErasureCoding
import Cryptography

extension ParityDescription {
  private static let magic: StaticString = "FIRNPRTY"
  private static let version: UInt8 = 1

  /// A copy's bytes.
  public func encode(_ copy: Copy) -> [UInt8] {
    let header = encodedHeader()
    let table = encodedChecksums()
    let digest = (header + table).withUnsafeBytes { SHA256Hasher.hash($0) }.withUnsafeBytes { Array($0) }
    return (copy == .head ? header + table : table + header) + digest
  }

  /// Decodes the 24 bytes of a header, by which the length of everything else is known.
  public static func decodeHeader(_ bytes: UnsafeRawBufferPointer) throws(FormatError) -> StripeLayout {
    var reader = ByteReader(bytes, record: "parity header")
    try reader.magic(magic)
    let found = try reader.u8("version")
    guard found == version else { throw reader.unsupported("version", "\(found)") }
    guard try reader.u8("groups") == UInt8(StripeLayout.groupCount) else { throw reader.unsupported("groups", "not 8") }
    guard try reader.u8("columns") == UInt8(StripeLayout.columnCount) else {
      throw reader.unsupported("columns", "not 200")
    }
    let rows = Int(try reader.u8("rows"))
    guard StripeLayout.rowCounts.contains(rows) else { throw reader.malformed("rows", "\(rows)") }
    let sectorLength = try reader.u32("sector length")
    let length = try reader.u64("object length")
    guard length >= 1, length <= UInt64(Limits.packLength) else {
      throw reader.malformed("object length", "not from 1 to \(Limits.packLength)")
    }
    try reader.finish()
    let layout = StripeLayout(length: Int(length), rowCount: rows)
    guard UInt32(layout.sectorLength) == sectorLength else {
      throw reader.malformed("sector length", "not the shorter of 4096 and the object's length")
    }
    return layout
  }

  /// Decodes one copy; exactly its bytes are to be passed.
  public static func decode(_ bytes: UnsafeRawBufferPointer, _ copy: Copy) throws(FormatError) -> ParityDescription {
    let reader = ByteReader(bytes, record: "parity description")
    guard bytes.count >= headerLength + digestLength else { throw reader.truncated("header") }
    let contentEnd = bytes.count - digestLength
    let headerStart = copy == .head ? 0 : contentEnd - headerLength
    let header = UnsafeRawBufferPointer(rebasing: bytes[headerStart..<headerStart + headerLength])
    let tableStart = copy == .head ? headerLength : 0
    let table = UnsafeRawBufferPointer(rebasing: bytes[tableStart..<tableStart + contentEnd - headerLength])
    let layout = try decodeHeader(header)
    guard bytes.count == length(layout) else { throw reader.malformed("checksums", "not one for each sector") }
    var hasher = SHA256Hasher()
    hasher.update(header)
    hasher.update(table)
    guard hasher.finalize() == Digest256(UnsafeRawBufferPointer(rebasing: bytes[contentEnd...])) else {
      throw reader.malformed("digest", "the header or a checksum is damaged")
    }
    let checksums = stride(from: 0, to: table.count, by: checksumLength).map {
      UInt64(littleEndian: table.loadUnaligned(fromByteOffset: $0, as: UInt64.self))
    }
    return ParityDescription(layout: layout, checksums: checksums)
  }

  private func encodedHeader() -> [UInt8] {
    var writer = ByteWriter(capacity: Self.headerLength)
    writer.magic(Self.magic)
    writer.u8(Self.version)
    writer.u8(UInt8(StripeLayout.groupCount))
    writer.u8(UInt8(StripeLayout.columnCount))
    writer.u8(UInt8(layout.rowCount))
    writer.u32(UInt32(layout.sectorLength))
    writer.u64(UInt64(layout.length))
    return writer.bytes
  }

  private func encodedChecksums() -> [UInt8] {
    var writer = ByteWriter(capacity: checksums.count * Self.checksumLength)
    for checksum in checksums { writer.u64(checksum) }
    return writer.bytes
  }
}
