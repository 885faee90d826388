public import Cryptography

extension RepositoryConfiguration {
  static let magic: StaticString = "FIRNREPO"
  static let formatVersion: UInt32 = 1
  static let chunkerSuite: UInt32 = 1
  static let fieldsLength = 120
  static let macLength = 32

  /// The object without its MAC, which is computed over exactly these bytes and appended to them.
  public func encodedWithoutMAC() -> [UInt8] {
    let filesystem = filesystem.map { Array($0.utf8) }
    let length =
      Self.fieldsLength + (parityPercentage > 0 ? 4 : 0) + (filesystem.map { 4 + $0.count } ?? 0) + Self.macLength
    var writer = ByteWriter(capacity: length)
    writer.magic(Self.magic)
    writer.u32(Self.formatVersion)
    writer.u32(UInt32(length))
    writer.id(repository)
    writer.u64(sharesChunkKeys ? Self.sharedKeysFeature : 0)
    writer.u64(
      optionalFeatures | (parityPercentage > 0 ? Self.parityFeature : 0)
        | (filesystem != nil ? Self.filesystemFeature : 0))
    writer.digest(publicKey)
    writer.u64(created)
    writer.u32(Self.chunkerSuite)
    writer.u32(minimumChunkSize)
    writer.u32(averageChunkSize)
    writer.u32(maximumChunkSize)
    writer.u32(frameTarget)
    writer.u32(0)
    writer.u64(packTarget)
    if parityPercentage > 0 { writer.u32(parityPercentage) }
    if let filesystem {
      writer.u32(UInt32(filesystem.count))
      writer.raw(filesystem)
    }
    return writer.bytes
  }

  /// Decodes the object and says which of its bytes the MAC at its end authenticates.
  ///
  /// The caller checks the MAC as soon as a key slot is open, and believes nothing before. Throws `unsupported` for a
  /// later format version, an unknown critical feature or chunker suite.
  public static func decode(
    _ bytes: [UInt8]
  ) throws(FormatError) -> (configuration: RepositoryConfiguration, authenticated: Range<Int>, mac: Digest256) {
    guard bytes.count <= Limits.configurationLength else {
      throw .limit("config", "longer than \(Limits.configurationLength) bytes")
    }
    return try ByteReader.read(bytes, record: "config") { reader throws(FormatError) in
      let configuration = try fields(from: &reader, length: bytes.count)
      let end = bytes.count - macLength
      _ = try reader.raw(end - reader.position, "fields of later revisions")
      return (configuration, 0..<end, try reader.digest("MAC"))
    }
  }

  private static func fields(
    from reader: inout ByteReader, length: Int
  ) throws(FormatError) -> RepositoryConfiguration {
    try reader.magic(magic)
    let version = try reader.u32("format version")
    guard version == formatVersion else { throw reader.unsupported("format version", "\(version)") }
    guard try reader.u32("length") == UInt32(length) else { throw reader.malformed("length", "not the object's") }
    let repository: RepositoryUUID = try reader.id("repository UUID")
    let critical = try reader.u64("critical features")
    guard critical & ~sharedKeysFeature == 0 else {
      throw reader.unsupported("critical features", String(critical, radix: 16))
    }
    let optional = try reader.u64("optional features")
    let publicKey = try reader.digest("public key")
    let created = try reader.u64("time of creation")
    let suite = try reader.u32("chunker suite")
    guard suite == chunkerSuite else { throw reader.unsupported("chunker suite", "\(suite)") }
    let configuration = RepositoryConfiguration(
      repository: repository, publicKey: publicKey, created: created,
      minimumChunkSize: try reader.u32("minimum chunk size"),
      averageChunkSize: try reader.u32("average chunk size"),
      maximumChunkSize: try reader.u32("maximum chunk size"),
      frameTarget: try frameTarget(from: &reader),
      packTarget: try reader.u64("pack target"),
      parityPercentage: optional & parityFeature == 0 ? 0 : try parityPercentage(from: &reader),
      filesystem: optional & filesystemFeature == 0 ? nil : try filesystem(from: &reader),
      sharesChunkKeys: critical & sharedKeysFeature != 0, optionalFeatures: optional)
    try configuration.checkSizes(reader)
    return configuration
  }

  private static func frameTarget(from reader: inout ByteReader) throws(FormatError) -> UInt32 {
    let target = try reader.u32("frame target")
    try reader.zeros(4, "reserved")
    return target
  }

  private static func parityPercentage(from reader: inout ByteReader) throws(FormatError) -> UInt32 {
    let percentage = try reader.u32("parity percentage")
    guard Limits.parityPercentage.contains(percentage) else {
      throw reader.malformed(
        "parity percentage", "not from \(Limits.parityPercentage.lowerBound) to \(Limits.parityPercentage.upperBound)")
    }
    return percentage
  }

  private static func filesystem(from reader: inout ByteReader) throws(FormatError) -> String {
    let length = try reader.u32("length of the file system's identity")
    guard length <= UInt32(Limits.filesystemLength) else {
      throw reader.above(UInt64(Limits.filesystemLength), "length of the file system's identity")
    }
    guard
      let text = String(validating: try reader.raw(Int(length), "file system's identity"), as: UTF8.self)
    else { throw reader.malformed("file system's identity", "not UTF-8") }
    return text
  }

  private func checkSizes(_ reader: ByteReader) throws(FormatError) {
    guard maximumChunkSize <= UInt32(Limits.chunkLength) else {
      throw reader.above(UInt64(Limits.chunkLength), "maximum chunk size")
    }
    guard 1 <= minimumChunkSize, minimumChunkSize <= averageChunkSize, averageChunkSize <= maximumChunkSize else {
      throw reader.malformed("chunk sizes", "not in ascending order from 1")
    }
    guard frameTarget <= UInt32(Limits.chunkLength) else {
      throw reader.above(UInt64(Limits.chunkLength), "frame target")
    }
    guard packTarget <= UInt64(Limits.packTarget) else {
      throw reader.above(UInt64(Limits.packTarget), "pack target")
    }
  }
}
