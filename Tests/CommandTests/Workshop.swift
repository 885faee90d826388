import Glibc
import Testing

@testable import Commands

/// A directory with a repository, its cache, and a tree to back up.
final class Workshop {
  let root: String
  var environment: [String: String]

  var repository: String { root + "/repository" }
  var tree: String { root + "/tree" }

  /// Makes the directory; the repository too unless told otherwise.
  init(initializing: Bool = true) throws {
    var template = Array("/tmp/firn-workshop-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    root = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    environment = [
      "FIRN_PASSWORD": "correct", "FIRN_CACHE_DIR": root + "/cache", "FIRN_REPOSITORY": root + "/repository",
      "FIRN_STATE_DIR": root + "/state",
      "PATH": "/usr/bin:/bin", "TZ": "UTC", "HOME": root,
    ]
    mkdir(tree, 0o755)
    if initializing { try #require(try firn("init", "--kdf-cost", "14").status == 0) }
  }

  deinit { _ = try? BuiltCommand.run("/bin/rm", ["-rf", root], environment: environment) }

  /// Runs `firn` on the repository.
  func firn(_ arguments: String..., input: [UInt8] = []) throws -> CommandResult {
    try BuiltCommand.run(arguments, environment: environment, input: input)
  }

  /// Runs `firn`, which must succeed.
  @discardableResult
  func done(_ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation) throws -> CommandResult {
    let result = try BuiltCommand.run(arguments, environment: environment)
    #expect(result.status == 0, "\(arguments): \(result.errors)", sourceLocation: sourceLocation)
    return result
  }

  /// Runs `firn` on a terminal, where each of `answers` is typed when `question` is asked once more; what it ended with and
  /// all that was shown.
  func onTerminal(
    _ arguments: String..., question: String = "Password for", answers: [String]
  ) throws -> (status: String, shown: String) {
    let script = """
      import os, pty, sys
      question, count = sys.argv[1].encode(), int(sys.argv[2])
      answers, command = sys.argv[3:3 + count], sys.argv[3 + count:]
      pid, fd = pty.fork()
      if pid == 0: os.execv(command[0], command)
      seen = b""
      for number, answer in enumerate(answers):
          while seen.count(question) <= number: seen += os.read(fd, 1000)
          os.write(fd, answer.encode())
      try:
          while data := os.read(fd, 1000): seen += data
      except OSError: pass
      print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
      sys.stdout.flush()
      sys.stdout.buffer.write(seen)
      """
    let result = try BuiltCommand.run(
      "python3", ["-c", script, question, String(answers.count)] + answers + [BuiltCommand.path] + arguments,
      environment: environment)
    #expect(result.errors == "")
    let lines = result.text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
    return (String(lines[0]), lines.count > 1 ? String(lines[1]) : "")
  }

  /// Runs a shell script in the directory; its output.
  @discardableResult
  func shell(_ script: String) throws -> String {
    let result = try BuiltCommand.run("/bin/sh", ["-c", "cd '\(root)' && \(script)"], environment: environment)
    #expect(result.status == 0, "\(script): \(result.errors)")
    return result.text
  }

  /// A file of the tree.
  func write(_ text: String, to path: String) throws {
    let descriptor = open("\(tree)/\(path)", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    try #require(descriptor >= 0, "\(path)")
    defer { close(descriptor) }
    try #require(writeAll(Array(text.utf8), to: descriptor) == nil)
  }

  /// A file with a password in it.
  func passwordFile(_ password: String) throws -> String {
    try shell("printf '%s\\n' '\(password)' > 'password-\(password)'")
    return "\(root)/password-\(password)"
  }

  /// Whether every line of the text is JSON, by another program's judgement.
  func isJSONLines(_ result: CommandResult) throws -> Bool {
    let script = "import json, sys\nfor line in sys.stdin: json.loads(line)"
    return try BuiltCommand.run("python3", ["-c", script], environment: environment, input: result.output).status == 0
  }

  /// A value out of JSON, by a Python expression over `d`, the list of all lines.
  func json(_ result: CommandResult, _ expression: String) throws -> String {
    let script = "import json, sys\nd = [json.loads(line) for line in sys.stdin]\nprint((\(expression)))"
    let parsed = try BuiltCommand.run("python3", ["-c", script], environment: environment, input: result.output)
    #expect(parsed.status == 0, "\(result.text): \(parsed.errors)")
    return parsed.text.hasSuffix("\n") ? String(parsed.text.dropLast()) : parsed.text
  }
}

extension Array where Element == UInt8 {
  var text: String { String(decoding: self, as: UTF8.self) }
}
