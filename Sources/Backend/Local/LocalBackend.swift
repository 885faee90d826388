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

  init(path: String, root: Directory) throws(BackendError) {
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

  static func place(_ path: String) throws(BackendError) -> PathBytes {
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

  private static func openPart(
    _ name: FileName, of root: Directory, at path: String
  ) throws(BackendError) -> Directory {
    do {
      return try root.openDirectory(name)
    } catch let error where error.code == .notFound && LocalLayout.passingDirectories.contains(name) {
      return try remake(name, in: root, at: path)
    } catch {
      let isDamage = error.code == .notFound || error.code == .notDirectory || error.code == .loop
      throw BackendError(
        code: isDamage ? .damagedLayout : .init(error), message: "can't open the directory \(path)/\(name)",
        cause: error)
    }
  }

  private static func remake(
    _ name: FileName, in root: Directory, at path: String
  ) throws(BackendError) -> Directory {
    try mapping("the directory \(path)/\(name) is missing, and can't be made again") {
      () throws(FileSystemError) in
      try root.createDirectoryIfMissing(name)
      try root.synchronize()
      return try root.openDirectory(name)
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
    try BackendError.mapping(message(), object: object, body)
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
