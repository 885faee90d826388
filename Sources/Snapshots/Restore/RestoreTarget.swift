import FileSystem
import Format

/// The directory that the user names as a restore's target. Links in its path are the user's and are followed.
enum RestoreTarget {
  /// Opens the target; makes it, with those above it, if it doesn't exist.
  static func open(
    _ path: PathBytes, _ location: SnapshotLocation, isDryRun: Bool
  ) throws(SnapshotsError) -> RestoreDirectory {
    var entry: TreeEntry?
    if case .entry(let found) = location, found.tree != nil { entry = found }
    return try SnapshotsError.accessing("the target can't be used") { () throws(FileSystemError) in
      do throws(FileSystemError) {
        // An existing target keeps its own metadata.
        return try RestoreDirectory(target: Directory(at: path), isNew: false, entry: nil, path: location.path)
      } catch {
        guard error.code == .notFound else { throw error }
        let made = isDryRun ? nil : try make(path)
        return try RestoreDirectory(target: made, isNew: true, entry: entry, path: location.path)
      }
    }
  }

  private static func make(_ path: PathBytes) throws(FileSystemError) -> Directory {
    let isAbsolute = path.bytes.first == SnapshotPath.separator
    var current = try Directory(at: isAbsolute ? "/" : ".")
    var prefix: [UInt8] = isAbsolute ? SnapshotPath.root : []
    for component in path.bytes.split(separator: SnapshotPath.separator) {
      if !prefix.isEmpty, prefix.last != SnapshotPath.separator { prefix.append(SnapshotPath.separator) }
      prefix.append(contentsOf: component)
      guard let next = PathBytes(prefix) else { continue }
      do throws(FileSystemError) {
        current = try Directory(at: next)
      } catch {
        guard error.code == .notFound, let name = FileName(component) else { throw error }
        try current.createDirectory(name, mode: 0o700)
        current = try current.openDirectory(name)
      }
    }
    return current
  }
}
