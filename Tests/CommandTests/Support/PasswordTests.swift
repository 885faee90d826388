import Glibc
import Testing

@testable import Commands

@Suite("Passwords", .serialized)
struct PasswordTests {
  private func text(_ password: Password) -> String { password.withBytes { String(decoding: $0, as: UTF8.self) } }

  private func get(
    _ variables: [String: String], file: String? = nil, command: String? = nil
  ) throws -> String {
    let source = try PasswordSource(file: file, command: command, environment: Environment(variables))
    return text(try source.password("Password: ", prompt: PasswordPrompt(device: "/nonexistent")))
  }

  private func withFile<T>(_ contents: String, _ body: (String) throws -> T) throws -> T {
    var template = Array("/tmp/firn-password-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    try #require(descriptor >= 0)
    _ = writeAll(Array(contents.utf8), to: descriptor)
    close(descriptor)
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { unlink(path) }
    return try body(path)
  }

  @Test(
    "come from a file without the newline at its end",
    arguments: [("a b \n", "a b "), ("x", "x"), ("x\n\n", "x\n"), ("x\r\n", "x"), ("two\nlines\n", "two\nlines")])
  func file(contents: String, expected: String) throws {
    let passwords = try withFile(contents) { [try get([:], file: $0), try get(["FIRN_PASSWORD_FILE": $0])] }
    #expect(passwords == [expected, expected])
  }

  @Test("come from the first line of a command's output")
  func command() throws {
    #expect(try get([:], command: "printf 'one\\ntwo\\n'") == "one")
    #expect(try get(["FIRN_PASSWORD_COMMAND": "echo $((40 + 2))"]) == "42")
    #expect(try get([:], command: "echo first; seq 1 100000") == "first")
  }

  @Test("are refused when the command fails, says nothing or too much")
  func badCommand() {
    let failed = #expect(throws: CommandError.self) { try get([:], command: "echo secret; exit 3") }
    #expect(failed?.message == "the password command exited with status 3")
    let silent = #expect(throws: CommandError.self) { try get([:], command: "exit 4") }
    #expect(silent?.message == "the password command exited with status 4")
    #expect(throws: CommandError.self) { try get([:], command: "true") }
    let long = #expect(throws: CommandError.self) { try get([:], command: "yes | tr -d '\\n' | head -c 5000") }
    #expect(long?.message.contains("too long") == true)
  }

  @Test("come from the environment when no flag names a source")
  func environment() throws {
    #expect(try get(["FIRN_PASSWORD": "p", "FIRN_PASSWORD_COMMAND": "echo no"]) == "p")
    #expect(try get(["FIRN_PASSWORD": "p"], command: "echo flag") == "flag")
    #expect(throws: CommandError.self) { try get([:], file: "a", command: "b") }
  }

  @Test("need a terminal when nothing else is given")
  func noTerminal() {
    let error = #expect(throws: CommandError.self) { try get([:]) }
    #expect(error?.exitCode == .usage)
  }

  @Test("name the file that can't be read or is empty")
  func missingFile() throws {
    let error = #expect(throws: CommandError.self) { try get([:], file: "/nonexistent/pw\u{1B}") }
    #expect(error?.message.contains("/nonexistent/pw\\u{1b}: No such file") == true)
    try withFile("\n") { path in
      _ = #expect(throws: CommandError.self) { try get([:], file: path) }
    }
  }

  @Test("are asked for without echo, and the terminal is as before")
  func prompt() async throws {
    let terminal = try PseudoTerminal()
    let slave = open(terminal.device, O_RDWR | O_NOCTTY)
    defer { close(slave) }
    #expect(terminal.echoes)
    async let answer = onThread { [device = terminal.device] in
      Result { () throws(CommandError) in try PasswordPrompt(device: device).ask("Password: ") }
    }
    #expect(terminal.shown(until: "Password: ") == "Password: ")
    #expect(!terminal.echoes)
    terminal.type("sésame\n")
    #expect(text(try await answer.get()) == "sésame")
    #expect(terminal.shown(until: "\n") == "\r\n")
    #expect(terminal.echoes)
  }

  @Test("are asked for twice when new, and must agree", arguments: [("one", true), ("two", false)])
  func confirmation(second: String, agrees: Bool) async throws {
    let terminal = try PseudoTerminal()
    let slave = open(terminal.device, O_RDWR | O_NOCTTY)
    defer { close(slave) }
    async let answer = onThread { [device = terminal.device] in
      Result { () throws(CommandError) in
        try PasswordSource.prompt.password("New: ", isNew: true, prompt: PasswordPrompt(device: device))
      }
    }
    _ = terminal.shown(until: "New: ")
    terminal.type("one\n")
    _ = terminal.shown(until: "Again: ")
    terminal.type(second + "\n")
    let result = await answer
    #expect((try? result.get()).map(text) == (agrees ? "one" : nil))
  }

  @Test("leave the terminal as it was when a signal ends the prompt")
  func interruptedPrompt() async throws {
    Interruption.install()
    defer { Interruption.reset() }
    let terminal = try PseudoTerminal()
    let slave = open(terminal.device, O_RDWR | O_NOCTTY)
    defer { close(slave) }
    async let answer = onThread { [device = terminal.device] in
      Result { () throws(CommandError) in try PasswordPrompt(device: device).ask("Password: ") }
    }
    _ = terminal.shown(until: "Password: ")
    #expect(!terminal.echoes)
    kill(getpid(), SIGINT)
    let result = await answer
    let error = #expect(throws: CommandError.self) { try result.get() }
    #expect(error?.exitCode == .interrupted)
    #expect(terminal.echoes)
    #expect(Interruption.isRequested)
  }

  @Test("a first signal asks the work to end, a second SIGINT ends it at once")
  func secondSignal() {
    Interruption.install()
    defer { Interruption.reset() }
    Interruption.reset()
    #expect(throws: Never.self) { try Interruption.check() }
    kill(getpid(), SIGTERM)
    let deadline = ContinuousClock.now + .seconds(5)
    while !Interruption.isRequested, ContinuousClock.now < deadline { usleep(1000) }
    #expect(throws: CommandError.self) { try Interruption.check() }
    #expect(!Interruption.note(SIGTERM))
    #expect(Interruption.note(SIGINT))
  }

  @Test("compare by their bytes")
  func comparison() {
    #expect(Password("a".utf8) == Password("a".utf8))
    #expect(!(Password("a".utf8) == Password("b".utf8)))
    #expect(!(Password("a".utf8) == Password("ab".utf8)))
  }
}
