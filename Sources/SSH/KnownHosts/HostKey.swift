import Cryptography
import FoundationEssentials

/// A server's public key, as it stands in known_hosts and as the server sends it.
public struct HostKey: Hashable, Sendable {
  /// The key in the protocol's form.
  let blob: [UInt8]
  /// Its kind, such as `ssh-ed25519`.
  public let type: String

  /// - Returns: nil for bytes that don't begin with the name of a kind of key.
  init?(blob: [UInt8]) {
    guard let type = Self.type(ofBlob: blob) else { return nil }
    self.blob = blob
    self.type = type
  }

  /// - Returns: nil unless the base64 is of a key of this kind.
  init?(type: some StringProtocol, base64: some StringProtocol) {
    guard let blob = Data(base64Encoded: String(base64)), let key = HostKey(blob: Array(blob)), key.type == type else {
      return nil
    }
    self = key
  }

  /// `SHA256:` and the digest as OpenSSH writes it.
  public var fingerprint: String {
    let digest = blob.withUnsafeBytes { SHA256Hasher.hash($0) }.withUnsafeBytes { Data($0) }
    return "SHA256:" + digest.base64EncodedString().prefix { $0 != "=" }
  }

  /// The key as a line of known_hosts has it after the host's name.
  var text: String { "\(type) \(Data(blob).base64EncodedString())" }

  /// The name that a public key in the protocol's form begins with.
  static func type(ofBlob blob: [UInt8]) -> String? {
    var reader = WireReader(blob[...])
    guard let name = reader.string(limit: 64), !name.isEmpty, name.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      return nil
    }
    return String(decoding: name, as: UTF8.self)
  }
}
