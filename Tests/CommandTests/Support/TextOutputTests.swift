import Glibc
import Testing

@testable import Commands

@Suite("Buffered output")
struct TextOutputTests {
  @Test("tells everybody who writes after something was lost that it was")
  func lostOutput() throws {
    var ends: [CInt] = [0, 0]
    try #require(pipe(&ends) == 0)
    defer { ends.forEach { close($0) } }
    // A pipe that is full refuses, and takes more when it was read.
    for end in ends { try #require(fcntl(end, F_SETFL, O_NONBLOCK) == 0) }
    let output = TextOutput(descriptor: ends[1])
    #expect(throws: CommandError.self) { try output.write([UInt8](repeating: 7, count: 1 << 20)) }
    var block = [UInt8](repeating: 0, count: 1 << 20)
    while read(ends[0], &block, block.count) > 0 {}
    try output.write("more")
    #expect(throws: CommandError.self) { try output.flush() }
    #expect(read(ends[0], &block, block.count) < 0)
  }
}
