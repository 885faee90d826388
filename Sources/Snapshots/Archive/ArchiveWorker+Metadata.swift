import FileSystem
import Format

extension Node {
  /// A node with what a status tells; attributes and content are still to come.
  init(name: FileName?, type: Format.FileType, status: FileStatus, content: Content) {
    self.init(
      name: name.map { Array($0.bytes) } ?? [], type: type, mode: status.permissions, uid: status.user,
      gid: status.group, size: type == .file ? UInt64(status.size) : 0, mtime: Format.Timestamp(status.modified),
      ctime: Format.Timestamp(status.changed), inode: status.inode, device: status.device.rawValue,
      linkCount: UInt64(status.linkCount), birthTime: status.born.map(Format.Timestamp.init), content: content)
  }
}

extension ArchiveWorker {
  /// A directory's own node, which lacks its tree. What can't be read of it is reported and left out.
  func metadata(of directory: Directory, status: FileStatus, name: FileName?) -> Node {
    var node = Node(name: name, type: .directory, status: status, content: .none)
    do throws(FileSystemError) {
      set(try directory.extendedAttributes(), of: &node, at: directory.path)
      node.inodeFlags = Self.stored(try directory.inodeFlags())
    } catch {
      lack(error.message, in: &node, at: directory.path)
    }
    return node
  }

  /// A file's node, which lacks its content.
  func metadata(of file: borrowing File, name: FileName) -> Node {
    var node = Node(name: name, type: .file, status: file.statusAtOpen, content: .file([]))
    do throws(FileSystemError) {
      set(try file.extendedAttributes(), of: &node, at: file.path)
      node.inodeFlags = Self.stored(try file.inodeFlags())
    } catch {
      lack(error.message, in: &node, at: file.path)
    }
    return node
  }

  /// The node of a symbolic link, device, pipe or socket.
  func node(of name: FileName, status: FileStatus, in directory: Directory) throws(FileSystemError) -> Node? {
    guard let type = Format.FileType(status.type) else { return nil }
    let content: Node.Content
    switch type {
    case .symbolicLink: content = .symbolicLink(Array(try directory.symbolicLinkTarget(name).bytes))
    case .characterDevice, .blockDevice:
      content = .device(
        major: UInt64(status.representedDevice.major), minor: UInt64(status.representedDevice.minor))
    default: content = .none
    }
    var node = Node(name: name, type: type, status: status, content: content)
    set(try directory.extendedAttributes(of: name), of: &node, at: directory.path.appending(name))
    return node
  }

  /// Reports what a node lacks. It gets a change time that no status has, so that the next backup looks again.
  private func lack(_ message: String, in node: inout Node, at path: PathBytes) {
    context.progress.problem(path.bytes, message)
    node.ctime = Format.Timestamp(seconds: 0)
  }

  /// Leaves a node room in a tree object of ``Limits/chunkLength`` bytes, beside those that make its leaf full.
  private static let attributesLimit = 4 << 20

  /// Gives a node its attributes. The kernel bounds each of them, but not always all together.
  private func set(_ attributes: [FileSystem.ExtendedAttribute], of node: inout Node, at path: PathBytes) {
    let length = attributes.reduce(0) { $0 + $1.name.bytes.count + $1.value.count }
    guard length <= Self.attributesLimit else {
      return lack("has \(length) bytes of extended attributes; they were left out", in: &node, at: path)
    }
    // A file system may list a name twice, and a node can't hold it twice.
    for attribute in attributes {
      let name = Array(attribute.name.bytes)
      guard node.extendedAttributes.last?.name != name else { continue }
      node.extendedAttributes.append(Format.ExtendedAttribute(name: name, value: attribute.value))
    }
  }

  /// The flags worth storing: those that can be set again, and none for the usual case.
  private static func stored(_ flags: InodeFlags?) -> UInt32? {
    guard let flags = flags?.intersection(.settable), !flags.isEmpty else { return nil }
    return flags.rawValue
  }
}
