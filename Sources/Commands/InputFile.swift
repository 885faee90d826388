import Glibc

/// Files that hold arguments: lists of paths or patterns.
enum InputFile {
  /// More than any list that somebody means to give.
  private static let limit = 1 << 30

  /// All of a file, or of standard input for "-".
  /// - Throws: an error that names the file.
  static func contents(of path: RawText) throws(CommandError) -> [UInt8] {
    let isStandardInput = path.bytes == Array("-".utf8)
    let name = isStandardInput ? "standard input" : path.escaped
    let descriptor =
      isStandardInput
      ? STDIN_FILENO
      : (path.bytes + [0]).withUnsafeBytes { bytes in
        bytes.baseAddress.map { open($0.assumingMemoryBound(to: CChar.self), O_RDONLY | O_CLOEXEC) } ?? -1
      }
    guard descriptor >= 0 else { throw .system("open", name) }
    defer { if !isStandardInput { close(descriptor) } }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 8)
    defer { buffer.deallocate() }
    var contents: [UInt8] = []
    while true {
      let count = try readSome(from: descriptor, into: buffer, name: name)
      guard count > 0 else { return contents }
      guard contents.count + count <= limit else { throw CommandError(.usage, "\(name) is too long") }
      contents += buffer[..<count]
    }
  }

  /// The lines of a file, without empty ones.
  static func lines(of path: RawText) throws(CommandError) -> [RawText] {
    try contents(of: path).split(separator: UInt8(ascii: "\n")).map { line in
      RawText(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
    }
  }

  /// The items of a file in which each is ended by a NUL.
  static func items(of path: RawText) throws(CommandError) -> [RawText] {
    try contents(of: path).split(separator: 0).map { RawText($0) }
  }
}
