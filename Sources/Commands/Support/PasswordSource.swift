import Glibc

/// Where the password of a repository comes from.
enum PasswordSource: Sendable, Equatable {
  case file(String)
  case command(String)
  case variable([UInt8])
  case prompt

  static let variable = "FIRN_PASSWORD"

  /// The source that the flags name or, when neither is given, the first of FIRN_PASSWORD, FIRN_PASSWORD_FILE and
  /// FIRN_PASSWORD_COMMAND that is set; else a prompt.
  /// - Parameter variable: begins the names of variables in the place of FIRN_PASSWORD.
  /// - Throws: a usage error when both flags are given.
  init(
    file: String?, command: String?, environment: Environment, variable: String = PasswordSource.variable
  ) throws(CommandError) {
    switch (file, command) {
    case (.some, .some): throw CommandError(.usage, "give a password file or a password command, not both")
    case (let file?, nil): self = .file(file)
    case (nil, let command?): self = .command(command)
    case (nil, nil):
      if let value = environment[variable] {
        self = .variable(value)
      } else if let file = try environment.text(variable + "_FILE") {
        self = .file(file)
      } else if let command = environment[variable + "_COMMAND"] {
        self = .command(RawArguments.text(command))
      } else {
        self = .prompt
      }
    }
  }

  /// Gets the password. A prompt asks with `question`, and twice where `isNew`.
  /// - Throws: an error that names the source when there is no password to be had from it.
  func password(
    _ question: String, isNew: Bool = false, prompt: PasswordPrompt = PasswordPrompt()
  ) throws(CommandError) -> Password {
    switch self {
    case .file(let path): return try Self.read(file: path)
    case .command(let command): return try Self.run(command)
    case .variable(let value): return Password(value)
    case .prompt: return try isNew ? prompt.askTwice(question) : prompt.ask(question)
    }
  }

  private static func read(file path: String) throws(CommandError) -> Password {
    let name = "password file \(Terminal.escaped(path.utf8))"
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("open", name, exitCode: .usage) }
    defer { close(descriptor) }
    return try Password.read(.whole, from: name) { (buffer) throws(CommandError) in
      try readSome(from: descriptor, into: buffer, name: name)
    }
  }

  private static func run(_ command: String) throws(CommandError) -> Password {
    let name = "the password command"
    let child = try ChildProcess(["/bin/sh", "-c", command])
    let descriptor = child.output
    let password: Password
    do throws(CommandError) {
      password = try Password.read(.firstLine, from: name) { (buffer) throws(CommandError) in
        try readSome(from: descriptor, into: buffer, name: name)
      }
    } catch {
      // A command that failed says more than that it printed nothing.
      drain(descriptor)
      let status = try child.wait()
      throw status.isSuccess ? error : CommandError(.failed, "\(name) \(status)")
    }
    drain(descriptor)
    let status = try child.wait()
    guard status.isSuccess else { throw CommandError(.failed, "\(name) \(status)") }
    return password
  }
}

/// Reads to the end and forgets what it reads, so that a program that writes more than is wanted doesn't fail for it.
private func drain(_ descriptor: CInt) {
  withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
    while let count = try? readSome(from: descriptor, into: buffer, name: ""), count > 0 {}
    if let start = buffer.baseAddress { explicit_bzero(start, buffer.count) }
  }
}

/// Reads what there is; 0 at the end.
func readSome(
  from descriptor: CInt, into buffer: UnsafeMutableRawBufferPointer, name: String
) throws(CommandError) -> Int {
  while true {
    let count = read(descriptor, buffer.baseAddress, buffer.count)
    if count >= 0 { return count }
    guard errno == EINTR else { throw .system("read", name) }
    try Interruption.check()
  }
}
