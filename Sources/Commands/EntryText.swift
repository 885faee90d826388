import Format
import Snapshots

extension TreeEntry {
  /// The path as text that is safe on a terminal.
  var escapedPath: String { Terminal.escaped(path) }

  /// One line as `ls -l` writes it.
  var longLine: String {
    let user = owners.user(node.uid).map { Terminal.escaped($0.utf8) } ?? String(node.uid)
    let group = owners.group(node.gid).map { Terminal.escaped($0.utf8) } ?? String(node.gid)
    var line = "\(node.permissionText) \(pad(user, 8)) \(pad(group, 8)) \(lead(sizeText, 12)) "
    line += "\(Display.localTime(Instant(node.mtime))) \(escapedPath)"
    if case .symbolicLink(let target) = node.content { line += " -> \(Terminal.escaped(target))" }
    return line
  }

  private var sizeText: String {
    if case .device(let major, let minor) = node.content { return "\(major),\(minor)" }
    return String(node.size)
  }

  private func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.displayWidth))
  }

  private func lead(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}

extension Node {
  /// The type and permissions in ten characters, as "drwxr-sr-x".
  var permissionText: String {
    var text = type.letter
    for (shift, special, letter) in [(6, 0o4000, "s"), (3, 0o2000, "s"), (0, 0o1000, "t")] {
      let bits = Int(mode) >> shift
      let isExecutable = bits & 1 != 0
      text += (bits & 4 != 0 ? "r" : "-") + (bits & 2 != 0 ? "w" : "-")
      text += Int(mode) & special != 0 ? (isExecutable ? letter : letter.uppercased()) : isExecutable ? "x" : "-"
    }
    return text
  }
}

extension FileType {
  /// As `ls` marks it.
  var letter: String {
    switch self {
    case .file: "-"
    case .directory: "d"
    case .symbolicLink: "l"
    case .fifo: "p"
    case .characterDevice: "c"
    case .blockDevice: "b"
    case .socket: "s"
    }
  }

  /// As JSON names it.
  var name: String {
    switch self {
    case .file: "file"
    case .directory: "dir"
    case .symbolicLink: "symlink"
    case .fifo: "fifo"
    case .characterDevice: "chardev"
    case .blockDevice: "dev"
    case .socket: "socket"
    }
  }
}

extension JSONWriter {
  /// The fields of an entry, in an object that is open.
  mutating func fields(of entry: TreeEntry) {
    let node = entry.node
    field("name", path: node.name)
    field("type", node.type.name)
    field("path", path: entry.path)
    field("permissions", node.permissionText)
    field("mode", node.mode)
    field("uid", node.uid)
    field("gid", node.gid)
    if let user = entry.owners.user(node.uid) { field("user", user) }
    if let group = entry.owners.group(node.gid) { field("group", group) }
    if node.type == .file { field("size", node.size) }
    field("mtime", Display.rfc3339(Instant(node.mtime)))
    field("ctime", Display.rfc3339(Instant(node.ctime)))
    field("inode", node.inode)
    field("links", node.linkCount)
    switch node.content {
    case .symbolicLink(let target): field("target", path: target)
    case .directory(let tree): field("tree", tree.hex)
    case .device(let major, let minor):
      field("major", major)
      field("minor", minor)
    case .file, .none: break
    }
  }
}
