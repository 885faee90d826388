import Cryptography
import Format
import Snapshots

extension JSONWriter {
  /// The object `config`.
  mutating func configuration(_ configuration: RepositoryConfiguration) {
    object { json in
      json.field("id", configuration.repository.hex)
      json.field("created", Display.rfc3339(Instant(seconds: Int64(clamping: configuration.created))))
      json.field("public_key", configuration.publicKey.hexadecimal)
      json.field("minimum_chunk_size", configuration.minimumChunkSize)
      json.field("average_chunk_size", configuration.averageChunkSize)
      json.field("maximum_chunk_size", configuration.maximumChunkSize)
      json.field("frame_target", configuration.frameTarget)
      json.field("pack_target", configuration.packTarget)
      json.field("parity_percentage", configuration.parityPercentage)
      if let filesystem = configuration.filesystem { json.field("filesystem", filesystem) }
      json.field("optional_features", configuration.optionalFeatures)
    }
  }

  /// An index segment, with its packs but not their chunks.
  mutating func indexSegment(_ segment: IndexSegment) {
    object { json in
      json.array("packs") { json in
        for pack in segment.packs {
          json.object { json in json.head(of: pack) }
        }
      }
    }
  }

  /// A pack with its frames and chunks.
  mutating func pack(_ pack: PackDescription) {
    object { json in
      json.head(of: pack)
      json.array("frame_list") { json in
        for frame in pack.directory.frames {
          json.object { json in
            json.field("offset", frame.offset)
            json.field("stored_length", frame.sealedLength)
            json.field("raw_length", frame.rawLength)
            json.field("codec", frame.codec == .zstd ? "zstd" : "stored")
          }
        }
      }
      json.array("chunk_list") { json in
        for chunk in pack.directory.chunks {
          json.object { json in
            json.field("id", chunk.id.hex)
            json.field("kind", "\(chunk.kind)")
            json.field("frame", chunk.frame)
            json.field("offset", chunk.offsetInFrame)
            json.field("length", chunk.length)
          }
        }
      }
    }
  }

  private mutating func head(of pack: PackDescription) {
    field("id", pack.id.hex)
    field("kind", "\(pack.kind)")
    field("length", pack.length)
    field("frames", pack.directory.frames.count)
    field("chunks", pack.directory.chunks.count)
  }

  /// The nodes of a directory.
  mutating func tree(_ nodes: [Node]) throws(CommandError) {
    object { json in
      json.array("nodes") { json in
        for node in nodes {
          json.object { json in json.fields(of: node) }
        }
      }
    }
  }

  /// All of a node, in an object that is open.
  private mutating func fields(of node: Node) {
    field("name", path: node.name)
    field("type", node.type.name)
    field("permissions", node.permissionText)
    field("mode", node.mode)
    field("uid", node.uid)
    field("gid", node.gid)
    if node.type == .file { field("size", node.size) }
    field("mtime", Display.rfc3339(Instant(node.mtime)))
    field("ctime", Display.rfc3339(Instant(node.ctime)))
    if let born = node.birthTime { field("birth_time", Display.rfc3339(Instant(born))) }
    field("inode", node.inode)
    field("device", node.device)
    field("links", node.linkCount)
    if let flags = node.inodeFlags { field("inode_flags", flags) }
    if !node.extendedAttributes.isEmpty {
      array("xattrs") { json in
        for attribute in node.extendedAttributes {
          json.object { json in
            json.field("name", path: attribute.name)
            json.field("value", path: attribute.value)
          }
        }
      }
    }
    content(node.content)
  }

  private mutating func content(_ content: Node.Content) {
    switch content {
    case .none: break
    case .symbolicLink(let target): field("target", path: target)
    case .directory(let tree): field("tree", tree.hex)
    case .device(let major, let minor):
      field("major", major)
      field("minor", minor)
    case .file(let items):
      array("content") { json in
        for item in items {
          json.object { json in json.fields(of: item) }
        }
      }
    }
  }

  private mutating func fields(of item: ContentItem) {
    switch item {
    case .chunk(let id, _): field("chunk", id.hex)
    case .list(let id, _): field("list", id.hex)
    case .hole: field("hole", true)
    case .zeros: field("zeros", true)
    }
    field("length", item.length)
  }
}
