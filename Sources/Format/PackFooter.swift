/// The 24 bytes at the end of a pack.
public struct PackFooter: Hashable, Sendable {
  /// The length of an encoded footer.
  public static let length = 24
  private static let magic: StaticString = "FIRNPEND"

  /// Where the sealed directory begins in the pack.
  public var directoryOffset: Int
  /// The sealed directory's length, its tag included.
  public var directoryLength: Int

  /// Makes a footer.
  public init(directoryOffset: Int, directoryLength: Int) {
    self.directoryOffset = directoryOffset
    self.directoryLength = directoryLength
  }

  /// The 24 bytes.
  public func encode() -> [UInt8] {
    var writer = ByteWriter(capacity: Self.length)
    writer.u64(UInt64(directoryOffset))
    writer.u32(UInt32(directoryLength))
    writer.u32(0)
    writer.magic(Self.magic)
    return writer.bytes
  }

  /// Decodes the last 24 bytes of a pack of `packLength` bytes; the directory must reach from behind the header to
  /// the footer.
  public static func decode(_ bytes: [UInt8], packLength: UInt64) throws(FormatError) -> PackFooter {
    try ByteReader.read(bytes, record: "pack footer") { reader throws(FormatError) in
      guard packLength <= UInt64(Limits.packLength) else {
        throw reader.above(UInt64(Limits.packLength), "pack length")
      }
      let offset = try reader.u64("directory offset")
      let length = UInt64(try reader.u32("directory length"))
      try reader.zeros(4, "reserved")
      try reader.magic(magic)
      guard length <= UInt64(Limits.packDirectoryLength + PackLength.tagLength) else {
        throw reader.above(UInt64(Limits.packDirectoryLength + PackLength.tagLength), "directory length")
      }
      // The first comparison keeps the sum below from overflowing.
      guard offset <= packLength, offset >= UInt64(PackHeader.length), length > UInt64(PackLength.tagLength),
        offset + length + UInt64(Self.length) == packLength
      else { throw reader.malformed("directory", "does not reach from the frames to the footer") }
      return PackFooter(directoryOffset: Int(offset), directoryLength: Int(length))
    }
  }
}
