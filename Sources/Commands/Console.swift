import Glibc
import Synchronization

/// Where a command's results and messages go: results to standard output, everything else to standard error.
final class Console: Sendable {
  let isJSON: Bool
  let isQuiet: Bool
  let isVerbose: Bool
  /// Results.
  let output = TextOutput.standard
  private let isTerminal = isatty(STDOUT_FILENO) == 1
  private let hasProgressLine = Atomic<Bool>(false)

  init(_ options: OutputOptions) {
    isJSON = options.json
    isQuiet = options.quiet
    isVerbose = options.verbose
  }

  /// Writes a line of a result.
  func print(_ line: String) throws(CommandError) { try output.write(line + "\n") }

  /// Writes a path as a line of a result, escaped.
  func print(path: [UInt8]) throws(CommandError) {
    guard Terminal.isPlain(path) else { return try print(Terminal.escaped(path)) }
    try output.write(path + [UInt8(ascii: "\n")])
  }

  /// Writes one JSON object of a result as a line.
  func json(_ body: (inout JSONWriter) throws(CommandError) -> Void) throws(CommandError) {
    var json = JSONWriter()
    try json.object(body)
    json.endLine()
    try json.write(to: output)
  }

  /// Tells what was done with an entry. What keeps it from being written is told of when the summary can't be.
  func tell(_ messageType: String, _ action: String, _ path: [UInt8]) {
    if isJSON {
      try? json { json in
        json.field("message_type", messageType)
        json.field("action", action)
        json.field("path", path: path)
      }
    } else {
      if isTerminal { eraseProgressLine() }
      try? print("\(action) \(Terminal.escaped(path))")
      if isTerminal { try? output.flush() }
    }
  }

  /// Says what is being done, to those who want to know.
  func note(_ text: String) {
    if !isQuiet, !isJSON { say(text) }
  }

  /// Says something that is only for the curious.
  func detail(_ text: String) {
    if isVerbose, !isJSON { say(text) }
  }

  /// Tells of something that went wrong without ending the work.
  func warning(_ text: String) {
    guard isJSON else { return say("firn: \(text)") }
    sayJSON { json in
      json.field("message_type", "warning")
      json.field("message", text)
    }
  }

  /// Tells of a file that could not be dealt with as it should.
  func problem(_ path: [UInt8], _ message: String) {
    guard isJSON else { return say("firn: \(Terminal.escaped(path)): \(message)") }
    sayJSON { json in
      json.field("message_type", "error")
      json.field("path", path: path)
      json.field("message", message)
    }
  }

  /// A progress display, if anybody wants to see one.
  func progressLine(_ environment: Environment) -> ProgressLine? {
    guard !isQuiet else { return nil }
    let line = ProgressLine.standard(json: isJSON, environment: environment, output: output)
    hasProgressLine.store(line != nil && !isJSON, ordering: .relaxed)
    return line
  }

  /// Writes a line to standard error, above the progress line if there is one. The text may quote a repository or a server.
  private func say(_ text: String) {
    eraseProgressLine()
    // Nobody can be told that a message can't be shown.
    _ = writeAll(Array("\(Terminal.harmless(text))\n".utf8), to: STDERR_FILENO)
  }

  private func eraseProgressLine() {
    if hasProgressLine.load(ordering: .relaxed) { _ = writeAll(Array("\r\u{1B}[K".utf8), to: STDERR_FILENO) }
  }

  private func sayJSON(_ body: (inout JSONWriter) -> Void) {
    var json = JSONWriter()
    json.object(body)
    json.endLine()
    _ = writeAll(json.bytes, to: STDERR_FILENO)
  }
}
