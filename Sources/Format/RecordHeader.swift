public import Cryptography

/// The 48 bytes in front of a sealed record.
public struct RecordHeader: Hashable, Sendable {
  /// The length of an encoded header.
  public static let length = 48

  /// What the record is.
  public var kind: RecordKind
  /// How its body is stored.
  public var codec: Codec
  /// The body's length before compression.
  public var rawLength: Int
  /// 32 random bytes that make the record's key its own.
  public var salt: Digest256

  /// Makes a header; `rawLength` must be within the limit of `kind`.
  public init(kind: RecordKind, codec: Codec, rawLength: Int, salt: Digest256) {
    precondition(rawLength >= 0 && rawLength <= kind.rawLengthLimit, "a record's body is within its limit")
    self.kind = kind
    self.codec = codec
    self.rawLength = rawLength
    self.salt = salt
  }
}
