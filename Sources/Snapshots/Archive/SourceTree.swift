import FileSystem
import Glibc

/// The paths of a backup as one tree from the root directory down.
struct SourceTree: Sendable {
  /// Whether this is one of the paths, and not only on the way to some.
  private(set) var isSource = false
  /// What leads to the paths below, by name.
  private(set) var children: [FileName: SourceTree] = [:]

  /// The tree of absolute, canonical paths, each a list of names.
  init(_ paths: [[FileName]]) {
    for path in paths { insert(path[...]) }
  }

  /// A tree without paths.
  init() {}

  /// The tree of the root directory as the one path.
  static let everything = SourceTree([[]])

  private mutating func insert(_ path: ArraySlice<FileName>) {
    guard let first = path.first else { return isSource = true }
    // Taken out, so that it is changed in place: a copy for each path would make many paths take for ever.
    var child = children.removeValue(forKey: first) ?? SourceTree()
    child.insert(path.dropFirst())
    children[first] = child
  }

  /// Whether a path is one of these or below one.
  func takes(_ path: [FileName]) -> Bool {
    var node = self
    for name in path where !node.isSource {
      guard let next = node.children[name] else { return false }
      node = next
    }
    return node.isSource
  }

  /// Whether there is something at a canonical path, as far as this user can tell.
  static func exists(_ path: [FileName]) -> Bool {
    let bytes = [UInt8(ascii: "/")] + path.map(\.bytes).joined(separator: CollectionOfOne(UInt8(ascii: "/")))
    return PathBytes(bytes)?.withCString { path in
      var status = stat()
      return lstat(path, &status) == 0 || (errno != ENOENT && errno != ENOTDIR)
    } ?? false
  }

  /// The names on an absolute path whose parent directories have been resolved, so that no symbolic link is left but
  /// perhaps the last name.
  static func canonical(_ path: PathBytes) throws(SnapshotsError) -> [FileName] {
    var parts = path.bytes.split(separator: UInt8(ascii: "/")).map(Array.init)
    let isAbsolute = path.bytes.first == UInt8(ascii: "/")
    let dots = [Array(".".utf8), Array("..".utf8)]
    var last: [UInt8]?
    if let name = parts.last, !dots.contains(name) {
      last = name
      parts.removeLast()
    }
    var parent = isAbsolute ? [UInt8(ascii: "/")] : [UInt8(ascii: "."), UInt8(ascii: "/")]
    parent += parts.joined(separator: CollectionOfOne(UInt8(ascii: "/")))
    let resolved: [UInt8]? = PathBytes(parent)?.withCString { parent in
      guard let resolved = realpath(parent, nil) else { return nil }
      defer { free(resolved) }
      return Array(UnsafeRawBufferPointer(start: resolved, count: strlen(resolved)))
    }
    guard let resolved else {
      throw SnapshotsError(
        .notFound, "\(path.escaped) can't be found: \(String(cString: strerror(errno)))")
    }
    let names = resolved.split(separator: UInt8(ascii: "/")).map(Array.init) + (last.map { [$0] } ?? [])
    return names.compactMap(FileName.init)
  }
}
