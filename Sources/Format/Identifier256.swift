public import Cryptography

/// A name of 32 bytes. Ordered like its bytes; written in lower-case hexadecimal.
public protocol Identifier256: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The bytes.
  var digest: Digest256 { get }
  /// Takes the bytes as they are.
  init(_ digest: Digest256)
}

extension Identifier256 {
  /// 64 lower-case hexadecimal digits.
  public var hex: String { digest.hexadecimal }

  /// The identifier that `hex` writes, or nil unless it is 64 lower-case hexadecimal digits.
  public init?(hex: some StringProtocol) {
    guard let digest = Digest256(hexadecimal: hex) else { return nil }
    self.init(digest)
  }

  /// The hexadecimal digits.
  public var description: String { hex }

  /// Whether the bytes of `left` come before those of `right`.
  @inlinable
  public static func < (left: Self, right: Self) -> Bool { left.digest < right.digest }

  /// Feeds the first word only: identifiers are outputs of a hash, so any 64 bits of them are as good as all.
  @inlinable
  public func hash(into hasher: inout Hasher) {
    digest.withUnsafeBytes { hasher.combine($0.loadUnaligned(as: UInt64.self)) }
  }
}

/// The keyed hash of a chunk.
public struct ChunkID: Identifier256 {
  /// The bytes.
  public let digest: Digest256

  /// Takes the bytes as they are.
  @inlinable
  public init(_ digest: Digest256) { self.digest = digest }
}

/// The SHA-256 of a pack, which is its name.
public struct PackID: Identifier256 {
  /// The bytes.
  public let digest: Digest256

  /// Takes the bytes as they are.
  @inlinable
  public init(_ digest: Digest256) { self.digest = digest }
}
