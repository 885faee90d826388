import FileSystem
import Glibc

/// Makes a directory for `body` and removes it with all that is in it.
func withTemporaryDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
  let parent = try Directory(at: "/tmp")
  guard let name = FileName("firn-micro-\(getpid())") else { throw RawFailure("a temporary directory's name") }
  try parent.createDirectory(name, mode: 0o700)
  defer { try? parent.removeTree(name) }
  return try body("/tmp/\(name)")
}
