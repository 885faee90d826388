import Backend
import Cryptography
import Format

extension RepositoryContext {
  /// Reads a pack's description from the pack itself, which takes a full key.
  func describe(_ pack: ListedPack) throws(RepositoryError) -> PackDescription {
    let privateKey = try privateKey(to: "open pack \(pack.id)")
    guard pack.length >= UInt64(PackHeader.length + PackFooter.length), pack.length <= UInt64(Limits.packLength) else {
      throw RepositoryError(.damaged, "pack \(pack.id) has \(pack.length) bytes, which no pack has")
    }
    let head = try read(pack, at: 0, count: PackHeader.length)
    let header = try RepositoryError.wrapping("pack \(pack.id)") { () throws(FormatError) in
      try PackHeader.decode(head)
    }
    guard header.repository == configuration.repository else {
      throw RepositoryError(.damaged, "pack \(pack.id) belongs to another repository")
    }
    let end = try read(pack, at: Int(pack.length) - PackFooter.length, count: PackFooter.length)
    let footer = try RepositoryError.wrapping("pack \(pack.id)") { () throws(FormatError) in
      try PackFooter.decode(end, packLength: pack.length)
    }
    var sealed = try read(pack, at: footer.directoryOffset, count: footer.directoryLength)
    let directory = try RepositoryError.wrapping("pack \(pack.id)") { () throws in
      var cipher = try AES256GCM(key: try PackKey.open(header, privateKey: privateKey).key)
      return try sealed.withUnsafeMutableBytes { sealed in
        try cipher.openDirectory(sealed, header: header)
      }
    }
    guard directory.framesEnd == footer.directoryOffset else {
      throw RepositoryError(.damaged, "the frames of pack \(pack.id) don't reach to its directory")
    }
    return PackDescription(
      id: pack.id, length: pack.length, kind: header.kind, ephemeralKey: header.ephemeralKey,
      commitment: header.commitment, directory: directory)
  }

  private func read(_ pack: ListedPack, at offset: Int, count: Int) throws(RepositoryError) -> [UInt8] {
    try RepositoryError.wrapping("pack \(pack.id)") { () throws(BackendError) in
      var bytes = [UInt8](repeating: 0, count: count)
      let name = try ObjectName(.packs, pack.id.hex)
      try bytes.withMutableBytes { (bytes) throws(BackendError) in
        try backend.read(name, at: UInt64(offset), into: bytes)
      }
      return bytes
    }
  }
}

extension AES256GCM {
  /// Opens the sealed directory of a pack, in place, with the pack's key set.
  mutating func openDirectory(
    _ sealed: UnsafeMutableRawBufferPointer, header: PackHeader
  ) throws -> PackDirectory {
    guard sealed.count > Self.tagCount else {
      throw RepositoryError(.damaged, "the pack has no directory")
    }
    let length = sealed.count - Self.tagCount
    let additionalData = FrameAdditionalData.encode(
      header: header, ordinal: FrameAdditionalData.directoryOrdinal, codec: .stored, rawLength: length)
    try additionalData.withUnsafeBytes { data in
      try open(
        UnsafeRawBufferPointer(sealed), nonce: UInt64(FrameAdditionalData.directoryOrdinal), additionalData: data,
        into: sealed)
    }
    return try PackDirectory.decode(UnsafeRawBufferPointer(rebasing: sealed[..<length]), kind: header.kind)
  }
}

extension PackDescription {
  /// The hash of its encoding: two descriptions of a pack that have the same say the same.
  var encodedHash: Digest256 {
    IndexSegment(packs: [self]).encode().withUnsafeBytes { SHA256Hasher.hash($0) }
  }
}
