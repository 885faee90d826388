/// What a frame, or the directory of a pack, is sealed with besides the pack's key.
public enum FrameAdditionalData {
  /// The ordinal under which a pack's directory is sealed, with codec `stored`.
  public static let directoryOrdinal: UInt32 = .max

  /// The associated data: the 96 header bytes, the frame's ordinal, its codec and its length before compression.
  public static func encode(header: PackHeader, ordinal: UInt32, codec: Codec, rawLength: Int) -> [UInt8] {
    var writer = ByteWriter(capacity: PackHeader.length + 9)
    header.append(to: &writer)
    writer.u32(ordinal)
    writer.u8(codec.rawValue)
    writer.u32(UInt32(rawLength))
    return writer.bytes
  }
}
