internal import Cryptography

/// The name of an index segment: the session that made it, and its number among that session's segments, from 1.
///
/// A session publishes its segments in order and never replaces one. So whoever takes the next name takes the session's
/// leave to publish any more: see "Fencing" in FORMAT.md.
public struct SegmentID: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The bytes of the binary form.
  public static let length = 20

  /// The session: the id of its intent, and of the snapshot that it may end in.
  public let session: SnapshotID
  /// The number, from 1.
  public let number: UInt32

  /// The `number`-th segment of a session.
  public init(session: SnapshotID, number: UInt32) {
    self.session = session
    self.number = number
  }

  /// 32 digits, a hyphen and 8 digits, in lower-case hexadecimal.
  public var text: String {
    withUnsafeBytes(of: number.bigEndian) { "\(session.hex)-\(Hex.text($0))" }
  }

  /// The name that `text` writes, or nil unless it is 32 digits, a hyphen and 8 digits other than all zeros.
  public init?(text: some StringProtocol) {
    let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let session = SnapshotID(hex: parts[0]) else { return nil }
    let number: UInt32? = withUnsafeTemporaryAllocation(byteCount: 4, alignment: 4) { bytes in
      Hex.parse(parts[1], into: bytes) ? UInt32(bigEndian: bytes.load(as: UInt32.self)) : nil
    }
    guard let number, number > 0 else { return nil }
    self.init(session: session, number: number)
  }

  /// The session's 16 bytes and the number, big-endian.
  public var bytes: [UInt8] { session.bytes + withUnsafeBytes(of: number.bigEndian) { Array($0) } }

  /// Takes the 20 bytes of the binary form.
  public init(_ bytes: UnsafeRawBufferPointer) {
    precondition(bytes.count == Self.length, "a segment's name has 20 bytes")
    self.init(
      session: SnapshotID(UnsafeRawBufferPointer(rebasing: bytes[..<16])),
      number: UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self)))
  }

  /// The text.
  public var description: String { text }

  /// Whether `left` comes before `right`: by session, then by number.
  public static func < (left: SegmentID, right: SegmentID) -> Bool {
    (left.session, left.number) < (right.session, right.number)
  }
}
