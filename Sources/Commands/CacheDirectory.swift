import Glibc

/// Where caches are: for all runs of the user, or for this one.
struct CacheDirectory: ~Copyable {
  static let variable = "FIRN_CACHE_DIR"

  let path: String
  private let isTemporary: Bool

  /// The directory that the options or the environment name. Nothing is made yet, except for `--no-cache`.
  /// Where none can be made this run gets one of its own, and says so.
  init(_ options: RepositoryOptions, _ context: CommandContext) throws(CommandError) {
    if !options.noCache {
      let path = try Self.path(options, context.environment)
      if let existing = Self.writableDirectory(at: path), Self.hasRoom(existing) {
        self.path = path
        isTemporary = false
        return
      }
      context.console.warning(
        "no cache can be kept in \(path), which can't be written to or is full; this run uses one of its own, which is slower"
      )
    }
    path = try Self.makeTemporary(context.environment)
    isTemporary = true
  }

  deinit {
    if isTemporary { Self.remove(path) }
  }

  private static func path(_ options: RepositoryOptions, _ environment: Environment) throws(CommandError) -> String {
    if let path = options.cacheDir { return path }
    if let path = try environment.text(Self.variable) { return path }
    // As the base directory specification asks, a relative path counts for nothing.
    if let path = try environment.text("XDG_CACHE_HOME"), path.hasPrefix("/") { return path + "/firn" }
    if let home = try environment.homeText() { return home + "/.cache/firn" }
    throw CommandError(.usage, "no place for a cache: set HOME, or use --cache-dir or --no-cache")
  }

  /// The directory, or the nearest one above it that exists; nil if it can't be written to.
  private static func writableDirectory(at path: String) -> String? {
    var path = path
    while access(path, F_OK) != 0 {
      guard errno == ENOENT, path != "/", path != "." else { return nil }
      let slash = path.lastIndex(of: "/")
      path = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    }
    return access(path, W_OK | X_OK) == 0 ? path : nil
  }

  /// Less than a cache may come to need. It must not fail for that what can be done without it: least of all a restore.
  private static let room: UInt64 = 32 << 20

  private static func hasRoom(_ directory: String) -> Bool {
    var status = statvfs()
    guard statvfs(directory, &status) == 0 else { return true }
    let (free, overflow) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
    return overflow || free >= room
  }

  private static func makeTemporary(_ environment: Environment) throws(CommandError) -> String {
    let first = try environment.text("TMPDIR") ?? "/tmp"
    // In memory last: it may be wanted for other things.
    let places = [first, "/tmp", "/var/tmp", "/dev/shm"]
    let parent = places.first { writableDirectory(at: $0) == $0 && hasRoom($0) } ?? first
    var template = Array("\(parent)/firn-cache-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw .system("make a temporary cache in", parent) }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Removes a temporary cache: a directory per repository, with files in it.
  private static func remove(_ path: String) {
    for name in names(in: path) {
      for file in names(in: "\(path)/\(name)") { unlink("\(path)/\(name)/\(file)") }
      rmdir("\(path)/\(name)")
    }
    rmdir(path)
  }

  private static func names(in path: String) -> [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }
}
