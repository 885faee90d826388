import Glibc
import Testing

@testable import Commands

@Suite("Children and descriptors")
struct ProcessTests {
  private func readAll(_ descriptor: CInt) throws -> String {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = try buffer.withUnsafeMutableBytes { (buffer) throws(CommandError) in
        try readSome(from: descriptor, into: buffer, name: "pipe")
      }
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += buffer[..<count]
    }
  }

  @Test("a child's output is read and its end told")
  func output() throws {
    let child = try ChildProcess(["printf", "%s|", "a b", "$HOME"])
    #expect(try readAll(child.output) == "a b|$HOME|")
    #expect(try child.wait() == .exited(0))
  }

  @Test(
    "a child's failure is told", arguments: [("exit 7", Termination.exited(7)), ("kill -TERM $$", .signalled(SIGTERM))])
  func failure(script: String, status: Termination) throws {
    let child = try ChildProcess(["/bin/sh", "-c", script])
    let ended = try child.wait()
    #expect(ended == status)
    #expect(!ended.isSuccess)
  }

  @Test("a program that isn't there is an error that names it")
  func missing() {
    let error = #expect(throws: CommandError.self) { _ = try ChildProcess(["/nonexistent/program"]).output }
    #expect(error?.message == "can't run /nonexistent/program: No such file or directory")
  }

  @Test("a child inherits no descriptor but the standard three")
  func inheritance() throws {
    let extra = open("/dev/null", O_RDONLY)
    defer { close(extra) }
    let child = try ChildProcess(["/bin/sh", "-c", "for f in /proc/$$/fd/*; do echo ${f##*/}; done"])
    let descriptors = try readAll(child.output).split(separator: "\n").compactMap { Int32($0) }
    #expect(Array(descriptors.prefix(3)) == [0, 1, 2])
    #expect(!descriptors.contains(extra))
    #expect(try child.wait().isSuccess)
  }

  @Test("a child that is dropped is killed")
  func dropped() throws {
    let elapsed = try ContinuousClock().measure {
      let child = try ChildProcess(["sleep", "60"])
      #expect(child.output >= 0)
    }
    #expect(elapsed < .seconds(10))
  }

  @Test("SIGPIPE ends a child as it would from a shell")
  func brokenPipe() throws {
    signal(SIGPIPE, SIG_IGN)
    let child = try ChildProcess(["yes"])
    #expect(try child.wait() == .signalled(SIGPIPE))
  }

  @Test("output to a reader that went away is its own error, with nothing to say")
  func closedOutput() throws {
    signal(SIGPIPE, SIG_IGN)
    var ends: [CInt] = [0, 0]
    try #require(pipe(&ends) == 0)
    close(ends[0])
    defer { close(ends[1]) }
    let output = TextOutput(descriptor: ends[1])
    try output.write("kept for later")
    let error = #expect(throws: CommandError.self) { try output.flush() }
    #expect(error?.message.isEmpty == true)
  }

  @Test("output arrives in order once it is flushed")
  func orderedOutput() throws {
    var ends: [CInt] = [0, 0]
    try #require(pipe(&ends) == 0)
    defer { close(ends[0]) }
    let output = TextOutput(descriptor: ends[1])
    for number in 0..<9000 { try output.write("\(number),"); if number == 8 { try output.flush() } }
    try output.flush()
    close(ends[1])
    #expect(try readAll(ends[0]) == (0..<9000).map { "\($0)," }.joined())
  }

  @Test("a terminal tells its width, a file none")
  func terminalWidth() throws {
    let terminal = try PseudoTerminal()
    let slave = open(terminal.device, O_RDWR | O_NOCTTY)
    defer { close(slave) }
    #expect(Terminal(descriptor: slave).isTerminal)
    #expect(Terminal(descriptor: slave).width == nil)
    var size = winsize(ws_row: 24, ws_col: 132, ws_xpixel: 0, ws_ypixel: 0)
    try #require(ioctl(terminal.master, UInt(TIOCSWINSZ), &size) == 0)
    #expect(Terminal(descriptor: slave).width == 132)
    let file = open("/dev/null", O_RDONLY)
    defer { close(file) }
    #expect(!Terminal(descriptor: file).isTerminal)
    #expect(Terminal(descriptor: file).width == nil)
  }
}
