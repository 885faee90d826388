import Glibc

/// Where caches are: for all runs of the user, or for this one.
struct CacheDirectory: ~Copyable {
  let path: String
  private let isTemporary: Bool

  /// The directory that the options or the environment name. Nothing is made yet, except for `--no-cache`.
  init(_ options: RepositoryOptions, environment: Environment) throws(CommandError) {
    isTemporary = options.noCache
    path = try options.noCache ? Self.makeTemporary(environment) : Self.path(options, environment)
  }

  deinit {
    if isTemporary { Self.remove(path) }
  }

  private static func path(_ options: RepositoryOptions, _ environment: Environment) throws(CommandError) -> String {
    if let path = options.cacheDir { return path }
    func variable(_ name: String) -> String? { environment[name].map { String(decoding: $0, as: UTF8.self) } }
    if let path = variable("FIRN_CACHE_DIR") { return path }
    // As the base directory specification asks, a relative path counts for nothing.
    if let path = variable("XDG_CACHE_HOME"), path.hasPrefix("/") { return path + "/firn" }
    if let home = variable("HOME") { return home + "/.cache/firn" }
    throw CommandError(.usage, "no place for a cache: set HOME, or use --cache-dir or --no-cache")
  }

  private static func makeTemporary(_ environment: Environment) throws(CommandError) -> String {
    let parent = environment["TMPDIR"].map { String(decoding: $0, as: UTF8.self) } ?? "/tmp"
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
