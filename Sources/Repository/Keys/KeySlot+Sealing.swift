import Cryptography
import Format

extension KeySlot {
  /// Seals `secrets` under a password: the slot object's bytes.
  func seal(_ secrets: SecretBytes, password: SecretBytes) throws(RepositoryError) -> [UInt8] {
    try RepositoryError.wrapping("a new key slot") { () throws in
      let (key, commitment) = try wrappingKey(password: password)
      var cipher = try AES256GCM(key: key)
      let header = try encodedHeader()
      var sealed = [UInt8](repeating: 0, count: secrets.count + AES256GCM.tagCount)
      try header.withBytes { (header) throws(CryptographyError) in
        try sealed.withMutableBytes { (output) throws(CryptographyError) in
          try secrets.withUnsafeBytes { (secrets) throws(CryptographyError) in
            try cipher.seal(secrets, nonce: 0, additionalData: header, into: output)
          }
        }
      }
      return try encode(commitment: commitment.withUnsafeBytes { Array($0) }, sealed: sealed)
    }
  }

  /// Opens a slot object with a password; nil if the password is not this slot's.
  ///
  /// - Throws: `.damaged` if the password is right and the slot is not.
  static func open(
    _ object: [UInt8], name: String, password: SecretBytes, repository: RepositoryUUID
  ) throws(RepositoryError) -> Secrets? {
    try open(object, name: name, repository: repository) { (slot) throws(CryptographyError) in
      try slot.wrappingKey(password: password)
    }
  }

  /// Opens a slot object with the key and commitment that `deriving` makes of its parameters.
  static func open(
    _ object: [UInt8], name: String, repository: RepositoryUUID,
    deriving: (KeySlot) throws(CryptographyError) -> (key: SecretBytes, commitment: SecretBytes)
  ) throws(RepositoryError) -> Secrets? {
    try RepositoryError.wrapping("key slot \(name)") { () throws -> Secrets? in
      let (slot, header, commitment, sealed) = try KeySlot.decode(object)
      guard slot.repository == repository else {
        throw RepositoryError(
          .damaged,
          "key slot \(name) and config are of different repositories: one of the two is damaged, or was copied here")
      }
      let (key, expected) = try deriving(slot)
      guard expected.withUnsafeBytes({ a in commitment.withUnsafeBytes { constantTimeEqual(a, $0) } }) else {
        return nil
      }
      guard sealed.count > AES256GCM.tagCount else {
        throw RepositoryError(.damaged, "key slot \(name) is too short")
      }
      var cipher = try AES256GCM(key: key)
      let plaintext = try SecretBytes(count: sealed.count - AES256GCM.tagCount) { output in
        try header.withBytes { header in
          try sealed.withBytes { sealed in
            try cipher.open(sealed, nonce: 0, additionalData: header, into: output)
          }
        }
      }
      guard let secrets = try Secrets.decode(plaintext, repository: repository), secrets.role == slot.role else {
        throw RepositoryError(.damaged, "key slot \(name) holds something else than its role says")
      }
      return secrets
    }
  }

  /// What the password hash makes of a password with the slot's salt and cost.
  func wrappingKey(
    password: SecretBytes
  ) throws(CryptographyError) -> (key: SecretBytes, commitment: SecretBytes) {
    let output = try password.withUnsafeBytes { (password) throws(CryptographyError) in
      try Argon2id.derive(
        password: password, salt: salt.withUnsafeBytes { Array($0) }, cost: cost, outputCount: 64)
    }
    return output.halves
  }
}

extension SecretBytes {
  /// The first and the second half, as derivations of a key and its commitment give them.
  var halves: (SecretBytes, SecretBytes) {
    withUnsafeBytes { bytes in
      let middle = bytes.count / 2
      return (
        SecretBytes(copying: UnsafeRawBufferPointer(rebasing: bytes[..<middle])),
        SecretBytes(copying: UnsafeRawBufferPointer(rebasing: bytes[middle...]))
      )
    }
  }
}
