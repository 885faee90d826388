import Glibc
import TestSupport
import Testing

@testable import Commands

/// What a run of the built command did.
struct CommandResult {
  let status: CInt
  let output: [UInt8]
  let errors: String

  var text: String { String(decoding: output, as: UTF8.self) }
  var lines: [Substring] { text.split(separator: "\n") }
}

/// The built `firn`, which lies next to the test bundle.
enum BuiltCommand {
  static let path = builtProgram("firn") ?? "firn"

  /// Runs a program with only these variables, and standard input from `input`.
  static func run(
    _ program: String, _ arguments: [String], environment: [String: String], input: [UInt8] = []
  ) throws -> CommandResult {
    let started = try start(program, arguments, environment: environment, input: input)
    return try started.wait()
  }

  /// Runs `firn`.
  static func run(
    _ arguments: [String], environment: [String: String], input: [UInt8] = []
  ) throws -> CommandResult {
    try run(path, arguments, environment: environment, input: input)
  }

  /// Starts `firn`; its outputs go to files.
  static func start(_ arguments: [String], environment: [String: String]) throws -> RunningCommand {
    try start(path, arguments, environment: environment)
  }

  /// Starts a program; its outputs go to files.
  static func start(
    _ program: String, _ arguments: [String], environment: [String: String], input: [UInt8] = []
  ) throws -> RunningCommand {
    let files = try (0..<3).map { _ in try temporaryFile() }
    _ = writeAll(input, to: files[0])
    lseek(files[0], 0, SEEK_SET)
    let process = try spawn(
      [program] + arguments, environment: environment, descriptors: [0: files[0], 1: files[1], 2: files[2]])
    return RunningCommand(process: process, input: files[0], output: files[1], errors: files[2])
  }

  private static func temporaryFile() throws -> CInt {
    var template = Array("/tmp/firn-command-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    try #require(descriptor >= 0)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    unlink(template)
    return descriptor
  }
}

/// A program that was started and not yet waited for.
struct RunningCommand {
  let process: pid_t
  let input: CInt
  let output: CInt
  let errors: CInt

  func signal(_ number: CInt) { kill(process, number) }

  func wait() throws -> CommandResult {
    var status: CInt = 0
    while waitpid(process, &status, 0) < 0 { try #require(errno == EINTR) }
    let termination = Termination(waitStatus: status)
    let code: CInt = if case .exited(let code) = termination { code } else { -1 }
    close(input)
    return CommandResult(
      status: code, output: Self.contents(output), errors: String(decoding: Self.contents(errors), as: UTF8.self))
  }

  private static func contents(_ descriptor: CInt) -> [UInt8] {
    defer { close(descriptor) }
    let length = Int(lseek(descriptor, 0, SEEK_END))
    var bytes = [UInt8](repeating: 0, count: max(0, length))
    let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
    return Array(bytes[..<max(0, count)])
  }
}
