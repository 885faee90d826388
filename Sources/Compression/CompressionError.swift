/// What went wrong while compressing or decompressing.
public struct CompressionError: Error, Sendable, CustomStringConvertible {
  /// The kind of failure, to be compared with `==`.
  public struct Code: Sendable, Hashable, CustomStringConvertible {
    private enum Kind: String { case outOfMemory, malformed, wrongSize, trailingBytes, dictionaryRequired, unexpected }
    private let kind: Kind

    /// A context could not be allocated.
    public static let outOfMemory = Code(kind: .outOfMemory)
    /// The bytes are not one well-formed zstd frame that states its content size.
    public static let malformed = Code(kind: .malformed)
    /// The frame's content is not as long as the caller expects.
    public static let wrongSize = Code(kind: .wrongSize)
    /// Bytes follow the frame.
    public static let trailingBytes = Code(kind: .trailingBytes)
    /// The frame was compressed with a dictionary.
    public static let dictionaryRequired = Code(kind: .dictionaryRequired)
    /// zstd failed in a way that its contract rules out for sound arguments.
    public static let unexpected = Code(kind: .unexpected)

    /// The code's name, for messages.
    public var description: String { kind.rawValue }
  }

  /// The kind of failure.
  public let code: Code
  /// One line for a person, without the code.
  public let message: String

  /// The code and the message.
  public var description: String { "\(code): \(message)" }
}
