import FileSystem
import Glibc
import Synchronization

/// A repository in a local directory: one file for each object, of mode 0400, in directories of mode 0700.
///
/// Uploads are staged in `tmp/` of the same directory, so that a rename publishes them. Only regular files count as
/// objects; symbolic links inside the repository are not followed.
public final class LocalBackend: Backend {
  /// The absolute path of the repository's directory, without symbolic links.
  public let location: String

  let root: Directory
  let staging: Directory
  let areas: [ObjectArea: Directory]
  let openFiles = OpenFileCache(capacity: 64)
  /// The directories, as paths in the repository's, that this object has made or seen and made durable.
  let durableDirectories = Mutex<Set<String>>([])

  private init(path: String, root: Directory) throws(BackendError) {
    let location = try Self.canonical(path)
    self.location = location
    self.root = root
    var areas: [ObjectArea: Directory] = [.config: root]
    for area in LocalLayout.directoryAreas {
      areas[area] = try Self.openPart(LocalLayout.directory(of: area), of: root, at: location)
    }
    self.areas = areas
    staging = try Self.openPart(LocalLayout.staging, of: root, at: location)
  }

  /// Makes the layout of a new repository in a directory, which is made too if it is missing (its parent is not). The
  /// place becomes a repository when `ObjectName.config` is published, which is for the caller to do last.
  ///
  /// A layout that holds no object, as a creation that was cut off leaves it, is taken over.
  ///
  /// - Throws: `.repositoryExists` if there is a configuration, `.notEmpty` if there is anything else, `.notFound` if
  ///   the parent is missing, `.invalidName` if `path` contains a NUL, `.noSpace`, `.readOnly`, `.permissionDenied`
  ///   or `.io`.
  public static func create(at path: String) throws(BackendError) -> LocalBackend {
    let place = try Self.place(path)
    let parent = try Self.place(path + "/..")
    let root = try mapping("can't make a repository at \(path)") { () throws(FileSystemError) in
      if try makeRoot(at: place) { try Directory(at: parent).synchronize() }
      return try Directory(at: place)
    }
    try refuseOccupied(root, at: path)
    try mapping("can't make a repository at \(path)") { () throws(FileSystemError) in
      for name in LocalLayout.directories { try root.createDirectoryIfMissing(name) }
      try root.synchronize()
    }
    return try LocalBackend(path: path, root: root)
  }

  /// Opens the repository in a directory.
  ///
  /// - Throws: `.repositoryMissing` if there is no directory, or no configuration in it, `.damagedLayout` if another
  ///   part of the layout is missing, `.invalidName` if `path` contains a NUL, `.permissionDenied` or `.io`.
  public static func open(at path: String) throws(BackendError) -> LocalBackend {
    let place = try Self.place(path)
    let root: Directory
    do {
      root = try Directory(at: place)
    } catch {
      let isMissing = error.code == .notFound || error.code == .notDirectory
      throw BackendError(
        code: isMissing ? .repositoryMissing : .init(error), message: "can't open the repository at \(path)",
        cause: error)
    }
    let config = try mapping("can't open the repository at \(path)") { () throws(FileSystemError) in
      try root.statusIfPresent(of: ObjectName.config.fileName)
    }
    guard config != nil else {
      throw BackendError(code: .repositoryMissing, message: "there is no repository at \(path): it has no config")
    }
    return try LocalBackend(path: path, root: root)
  }

  private static func place(_ path: String) throws(BackendError) -> PathBytes {
    guard let place = PathBytes(path) else {
      throw BackendError(code: .invalidName, message: "no directory can be called \(path.debugDescription)")
    }
    return place
  }

  private static func canonical(_ path: String) throws(BackendError) -> String {
    guard let resolved = realpath(path, nil) else {
      throw BackendError(code: .io, message: "can't resolve the path \(path): \(String(cString: strerror(errno)))")
    }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// Makes the repository's directory; false if something has that name already.
  private static func makeRoot(at place: PathBytes) throws(FileSystemError) -> Bool {
    do {
      try Directory.create(at: place, mode: 0o700)
      return true
    } catch {
      if error.code == .exists { return false }
      throw error
    }
  }

  /// Throws if the directory holds anything but empty directories of the layout.
  private static func refuseOccupied(_ root: Directory, at path: String) throws(BackendError) {
    let occupants = try mapping("can't look into \(path)") { () throws(FileSystemError) -> [String] in
      var occupants: [String] = []
      for entry in try root.entries() {
        if try !isEmptyPart(entry, of: root) { occupants.append(entry.name.displayText) }
      }
      return occupants
    }
    if occupants.contains(ObjectName.config.name) {
      throw BackendError(code: .repositoryExists, message: "there is a repository at \(path) already")
    }
    if let first = occupants.min() {
      throw BackendError(code: .notEmpty, message: "\(path) is not empty: it holds \(first.debugDescription)")
    }
  }

  private static func isEmptyPart(_ entry: DirectoryEntry, of root: Directory) throws(FileSystemError) -> Bool {
    guard LocalLayout.directories.contains(entry.name) else { return false }
    guard try root.statusIfPresent(of: entry.name)?.type == .directory else { return false }
    return try root.openDirectory(entry.name).entries().isEmpty
  }

  private static func openPart(
    _ name: FileName, of root: Directory, at path: String
  ) throws(BackendError) -> Directory {
    do {
      return try root.openDirectory(name)
    } catch {
      let isDamage = error.code == .notFound || error.code == .notDirectory || error.code == .loop
      throw BackendError(
        code: isDamage ? .damagedLayout : .init(error), message: "can't open the directory \(path)/\(name)",
        cause: error)
    }
  }
}

extension LocalBackend {
  /// The open directory of an area.
  ///
  /// - Throws: `.notFound` for an area that a repository may lack.
  func directory(of area: ObjectArea) throws(FileSystemError) -> Directory {
    if let directory = areas[area] { return directory }
    return try root.openDirectory(LocalLayout.directory(of: area))
  }

  /// Runs system calls; their failure becomes an error with this message.
  @discardableResult
  static func mapping<Result: ~Copyable>(
    _ message: @autoclosure () -> String, object: ObjectName? = nil,
    _ body: () throws(FileSystemError) -> Result
  ) throws(BackendError) -> Result {
    do {
      return try body()
    } catch {
      throw BackendError(code: .init(error), message: message(), object: object, cause: error)
    }
  }

  /// Runs system calls on behalf of an object.
  @discardableResult
  func mapping<Result>(
    _ action: StaticString, _ name: ObjectName, _ body: () throws(FileSystemError) -> Result
  ) throws(BackendError) -> Result {
    try Self.mapping("can't \(action) \(path(of: name))", object: name, body)
  }

  /// The object's full path, for messages.
  func path(of name: ObjectName) -> String {
    let directory = name.area == .config ? location : "\(location)/\(name.area.rawValue)"
    return "\(directory)/\(LocalLayout.path(of: name))"
  }
}
