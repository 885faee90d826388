import FoundationEssentials

/// What can be told of a private key file without opening it.
struct PrivateKeyFile: Equatable {
  /// The kind of key, if the file tells it.
  let type: String?
  let isEncrypted: Bool
  /// The public key in the protocol's form, if the file has it.
  let publicKey: [UInt8]?

  /// - Returns: nil for a text that holds no private key.
  init?(_ text: String) {
    let lines = text.split(whereSeparator: \.isNewline)
    guard let first = lines.first(where: { $0.hasPrefix("-----BEGIN ") && $0.hasSuffix(" PRIVATE KEY-----") }) else {
      return nil
    }
    guard first.contains("OPENSSH") else {
      isEncrypted = lines.contains { ($0 == first || $0.hasPrefix("Proc-Type:")) && $0.contains("ENCRYPTED") }
      type = first.contains("RSA") ? "ssh-rsa" : nil
      publicKey = nil
      return
    }
    let body = lines.filter { !$0.hasPrefix("-----") }.joined()
    guard let data = Data(base64Encoded: body) else { return nil }
    let magic = Array("openssh-key-v1\0".utf8)
    guard data.starts(with: magic) else { return nil }
    var reader = WireReader(Array(data)[magic.count...])
    guard let cipher = reader.string(limit: 64), reader.string(limit: 64) != nil, reader.string(limit: 1_024) != nil,
      reader.uint32() != nil, let key = reader.string(limit: 64 << 10)
    else { return nil }
    isEncrypted = !cipher.elementsEqual("none".utf8)
    type = HostKey.type(ofBlob: Array(key))
    publicKey = Array(key)
  }
}
