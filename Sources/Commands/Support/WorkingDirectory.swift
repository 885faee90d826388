import Glibc

/// `path`, from the root.
func absolutePath(_ path: [UInt8]) throws(CommandError) -> [UInt8] {
  if path.first == UInt8(ascii: "/") { return path }
  return try workingDirectory() + Array("/".utf8) + path
}

/// The directory that this process works in.
func workingDirectory() throws(CommandError) -> [UInt8] {
  guard let text = getcwd(nil, 0) else { throw .system("find", "the working directory") }
  defer { free(text) }
  return Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
}
