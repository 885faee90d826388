import Glibc

extension ChildProcess {
  /// Runs a program to its end; all that it prints, and how it ended.
  static func output(of arguments: [String]) throws(CommandError) -> ([UInt8], Termination) {
    let child = try ChildProcess(arguments)
    let descriptor = child.output
    var bytes: [UInt8] = []
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 << 10, alignment: 8)
    defer { buffer.deallocate() }
    while true {
      let count = try readSome(from: descriptor, into: buffer, name: "the output of \(arguments[0])")
      guard count > 0 else { break }
      bytes += buffer[..<count]
    }
    return (bytes, try child.wait())
  }
}

extension Environment {
  /// Whether a program of this name is found in PATH.
  func hasProgram(_ name: String) -> Bool {
    (self["PATH"] ?? []).split(separator: UInt8(ascii: ":")).contains { directory in
      access(String(decoding: directory, as: UTF8.self) + "/" + name, X_OK) == 0
    }
  }
}
