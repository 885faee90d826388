import FileSystem
import Format

/// The directory that the user names as a restore's target. Links in its path are the user's and are followed.
enum RestoreTarget {
  /// Opens the target; makes it, with those above it, if it doesn't exist.
  static func open(
    _ path: PathBytes, _ location: SnapshotLocation, _ options: RestoreOptions
  ) throws(SnapshotsError) -> RestoreDirectory {
    var entry: TreeEntry?
    if case .entry(let found) = location, found.tree != nil { entry = found }
    try refuseProtected(options.protectedEntries, path)
    return try SnapshotsError.accessing("the target can't be used") { () throws(FileSystemError) in
      do throws(FileSystemError) {
        // An existing target keeps its own metadata.
        return try RestoreDirectory(target: Directory(at: path), isNew: false, entry: nil, path: location.path)
      } catch {
        guard error.code == .notFound else { throw error }
        let made = options.isDryRun ? nil : try make(path)
        return try RestoreDirectory(target: made, isNew: true, entry: entry, path: location.path)
      }
    }
  }

  /// Refuses a target that is one of these directories, or is in one or would be.
  private static func refuseProtected(
    _ directories: Set<FileIdentity>, _ target: PathBytes
  ) throws(SnapshotsError) {
    guard !directories.isEmpty else { return }
    let isInside = try SnapshotsError.accessing("the target can't be looked at") { () throws(FileSystemError) in
      var path = Array(target.bytes)
      var below: FileIdentity?
      while let current = PathBytes(path) {
        do throws(FileSystemError) {
          let identity = try Directory(at: current).status().identity
          if directories.contains(identity) { return true }
          // The root directory is above itself.
          if identity == below { return false }
          below = identity
          path += Array("/..".utf8)
        } catch {
          guard error.code == .notFound, below == nil, path != Array(".".utf8) else { throw error }
          // What is to be made will be in the nearest directory that is there.
          let slash = path.lastIndex(of: SnapshotPath.separator)
          path = slash.map { $0 == 0 ? SnapshotPath.root : Array(path[..<$0]) } ?? Array(".".utf8)
        }
      }
      return false
    }
    guard !isInside else {
      throw SnapshotsError(.refused, "\(target.escaped) is where the repository or its cache is; choose another target")
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
