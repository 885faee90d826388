/// Paths through /proc, for calls that take no descriptor or no directory to look in.
enum ProcPath {
  /// A link that the kernel follows to the open object itself, even to one without a name.
  static func path(of descriptor: Int32) -> PathBytes {
    PathBytes(terminated: Array("/proc/self/fd/\(descriptor)".utf8) + [0])
  }

  /// The entry called `name` of an open directory.
  static func path(of name: FileName, in directory: Int32) -> PathBytes {
    path(of: directory).appending(name)
  }
}
