public import FileSystem

/// A source path that is a symbolic link to a directory which is not backed up itself: the snapshot has the link, and nothing
/// of what is in the directory.
public struct SourceLink: Sendable {
  /// The path as it was given.
  public let path: PathBytes
  /// Where it leads to, without links.
  public let target: PathBytes

  /// Those among the paths of a backup.
  /// - Throws: `.notFound` if a path's directory does not exist.
  public static func all(among paths: [PathBytes]) throws(SnapshotsError) -> [SourceLink] {
    var names: [[FileName]] = []
    for path in paths { names.append(try SourceTree.canonical(path)) }
    let sources = SourceTree(names)
    return zip(paths, names).compactMap { path, names in
      // This way a link is followed, and only a directory is found.
      guard let inside = PathBytes(path.bytes + Array("/.".utf8)), let target = try? SourceTree.canonical(inside),
        target != names, !sources.takes(target)
      else { return nil }
      return SourceLink(path: path, target: target.reduce("/") { $0.appending($1) })
    }
  }
}
