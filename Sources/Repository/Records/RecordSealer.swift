import Compression
import Cryptography
import Format

extension RecordKind {
  /// The most bytes that are read of an object of this kind: room for the body, and more than enough for the envelope.
  var objectLengthLimit: Int { rawLengthLimit + RecordHeader.length + 4096 }
}

/// Seals and opens the records of FORMAT.md, "Sealed records".
struct RecordSealer: Sendable {
  let repository: RepositoryUUID
  let indexKey: SecretBytes
  let snapshotKey: SecretBytes
  var makeSalt = Execution().recordSalt

  /// Bodies from this size on are compressed.
  private static let compressionThreshold = 256
  private static let compressionLevel = 3

  /// Seals a body under the object's name.
  func seal(_ kind: RecordKind, name: String, body: [UInt8]) throws(RepositoryError) -> [UInt8] {
    precondition(body.count <= kind.rawLengthLimit, "a \(kind) record of \(body.count) bytes")
    return try RepositoryError.wrapping("a \(kind) record") { () throws in
      let compressed = try Self.compress(body)
      let salt = try makeSalt()
      let header = RecordHeader(
        kind: kind, codec: compressed == nil ? .stored : .zstd, rawLength: body.count, salt: salt)
      let headerBytes = header.encode()
      let stored = compressed ?? body
      var object = [UInt8](repeating: 0, count: headerBytes.count + stored.count + AES256GCM.tagCount)
      object.replaceSubrange(0..<headerBytes.count, with: headerBytes)
      var cipher = try AES256GCM(key: key(for: header))
      let additionalData = header.additionalData(repository: repository, name: name)
      try object.withUnsafeMutableBytes { object in
        try stored.withUnsafeBytes { stored in
          try additionalData.withUnsafeBytes { data in
            try cipher.seal(
              stored, nonce: 0, additionalData: data,
              into: UnsafeMutableRawBufferPointer(rebasing: object[headerBytes.count...]))
          }
        }
      }
      return object
    }
  }

  /// Opens a record that must be one of `kinds`; gives its kind and body. `context` names it in errors.
  func open(
    _ object: [UInt8], as kinds: [RecordKind], name: String, context: String
  ) throws(RepositoryError) -> (kind: RecordKind, body: [UInt8]) {
    try RepositoryError.wrapping(context) { () throws in
      guard object.count >= RecordHeader.length + AES256GCM.tagCount else {
        throw RepositoryError(.damaged, "\(context) is too short")
      }
      let header = try object.withUnsafeBytes { bytes in
        try RecordHeader.decode(UnsafeRawBufferPointer(rebasing: bytes[..<RecordHeader.length]))
      }
      guard kinds.contains(header.kind) else {
        throw RepositoryError(.damaged, "\(context) is a \(header.kind) record")
      }
      var cipher = try AES256GCM(key: key(for: header))
      let additionalData = header.additionalData(repository: repository, name: name)
      var stored = [UInt8](repeating: 0, count: object.count - RecordHeader.length - AES256GCM.tagCount)
      try stored.withUnsafeMutableBytes { stored in
        try object.withUnsafeBytes { object in
          try additionalData.withUnsafeBytes { data in
            try cipher.open(
              UnsafeRawBufferPointer(rebasing: object[RecordHeader.length...]), nonce: 0, additionalData: data,
              into: stored)
          }
        }
      }
      return (header.kind, try Self.decompress(stored, header: header, context: context))
    }
  }

  private func key(for header: RecordHeader) throws(CryptographyError) -> SecretBytes {
    try HKDF.derive(
      from: header.kind == .indexSegment ? indexKey : snapshotKey, salt: header.salt.withUnsafeBytes { Array($0) },
      info: Array("firn 1 record".utf8) + [header.kind.rawValue], outputCount: AES256GCM.keyCount)
  }

  /// The body as a zstd frame; nil if it is small or doesn't get smaller.
  private static func compress(_ body: [UInt8]) throws(CompressionError) -> [UInt8]? {
    guard body.count >= compressionThreshold else { return nil }
    var compressor = try Compressor()
    var output = [UInt8](repeating: 0, count: body.count - 1)
    let written = try output.withMutableBytes { (output) throws(CompressionError) in
      try body.withBytes { (body) throws(CompressionError) in
        try compressor.compress(body, into: output, level: compressionLevel)
      }
    }
    guard let written else { return nil }
    output.removeLast(output.count - written)
    return output
  }

  private static func decompress(
    _ stored: [UInt8], header: RecordHeader, context: String
  ) throws -> [UInt8] {
    switch header.codec {
    case .stored:
      guard stored.count == header.rawLength else {
        throw RepositoryError(.damaged, "\(context) has another length than its header says")
      }
      return stored
    case .zstd:
      var decompressor = try Decompressor()
      var body = [UInt8](repeating: 0, count: header.rawLength)
      try body.withUnsafeMutableBytes { body in
        try stored.withUnsafeBytes { stored in try decompressor.decompress(stored, into: body) }
      }
      return body
    }
  }
}
