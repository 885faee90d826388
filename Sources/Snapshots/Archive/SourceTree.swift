import FileSystem
import Glibc

/// The paths of a backup as one tree from the root directory down: above the paths themselves, a directory's only
/// entries are those that lead to them.
struct SourceTree: Sendable {
  /// The entries to take, by name; nil for everything there is.
  private(set) var children: [FileName: SourceTree]? = [:]

  /// The tree of absolute, canonical paths, each a list of names. A path below another adds nothing.
  init(_ paths: [[FileName]]) {
    for path in paths { insert(path[...]) }
  }

  private init() {}

  /// A directory that is taken with all that is in it.
  static let everything = SourceTree([[]])

  private mutating func insert(_ path: ArraySlice<FileName>) {
    guard let first = path.first else {
      children = nil
      return
    }
    guard children != nil else { return }
    // Taken out, so that it is changed in place: a copy for each path would make many paths take for ever.
    var child = children?.removeValue(forKey: first) ?? SourceTree()
    child.insert(path.dropFirst())
    children?[first] = child
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
