extension Node {
  enum Presence {
    static let birthTime: UInt64 = 1
    static let inodeFlags: UInt64 = 2
    static let extendedAttributes: UInt64 = 4
    static let extensions: UInt64 = 8
    static let all = birthTime | inodeFlags | extendedAttributes | extensions
  }

  /// Appends the node. What its fields promise must hold: a decoder refuses everything else.
  public func encode(into writer: inout ByteWriter) {
    precondition(name.withUnsafeBytes(NodeName.isLegal), "a node's name is legal")
    precondition(mode <= 0o7777 && mtime.nanoseconds < 1_000_000_000 && ctime.nanoseconds < 1_000_000_000)
    writer.bytes(name)
    writer.u8(type.rawValue)
    writer.varint(UInt64(mode))
    writer.varint(UInt64(uid))
    writer.varint(UInt64(gid))
    writer.varint(size)
    writer.timestamp(mtime)
    writer.timestamp(ctime)
    writer.varint(inode)
    writer.varint(device)
    writer.varint(linkCount)
    encodeOptionalFields(into: &writer)
    encodeContent(into: &writer)
  }

  private func encodeOptionalFields(into writer: inout ByteWriter) {
    var presence: UInt64 = 0
    if birthTime != nil { presence |= Presence.birthTime }
    if inodeFlags != nil { presence |= Presence.inodeFlags }
    if !extendedAttributes.isEmpty { presence |= Presence.extendedAttributes }
    if !extensions.isEmpty { presence |= Presence.extensions }
    writer.varint(presence)
    if let birthTime { writer.timestamp(birthTime) }
    if let inodeFlags { writer.varint(UInt64(inodeFlags)) }
    if !extendedAttributes.isEmpty {
      writer.varint(extendedAttributes.count)
      for attribute in extendedAttributes {
        writer.bytes(attribute.name)
        writer.bytes(attribute.value)
      }
    }
    if !extensions.isEmpty {
      writer.varint(extensions.count)
      for field in extensions {
        writer.varint(field.tag)
        writer.bytes(field.value)
      }
    }
  }

  private func encodeContent(into writer: inout ByteWriter) {
    switch (type, content) {
    case (.file, .file(let items)):
      ContentItem.append(items, to: &writer)
    case (.directory, .directory(let tree)):
      writer.id(tree)
    case (.symbolicLink, .symbolicLink(let target)):
      writer.bytes(target)
    case (.characterDevice, .device(let major, let minor)), (.blockDevice, .device(let major, let minor)):
      writer.varint(major)
      writer.varint(minor)
    case (.fifo, .none), (.socket, .none):
      break
    default:
      preconditionFailure("a node's content fits its type")
    }
  }
}
