import FileSystem
import Glibc
import Testing

struct DirectoryDescentTests {
  private let temporary: TemporaryDirectory

  init() throws { temporary = try TemporaryDirectory() }

  /// Goes down `depth` levels that it makes, all called `d`.
  private func descent(_ depth: Int) throws -> DirectoryDescent {
    var descent = try DirectoryDescent(from: temporary.root)
    for _ in 0..<depth {
      try descent.current.createDirectory("d")
      try descent.enter("d")
    }
    return descent
  }

  @Test("every level is found again on the way up, with few of them open on the way", arguments: [1, 33, 34, 500])
  func upAgain(depth: Int) throws {
    let top = try temporary.root.status().identity
    var descent = try descent(depth)
    for level in (0..<depth).reversed() {
      try descent.leave()
      // All below is empty when it is left.
      try descent.current.removeDirectory("d")
      #expect(try (descent.current.status().identity == top) == (level == 0))
    }
    #expect(try temporary.root.entries().isEmpty)
  }

  @Test("levels far above are closed")
  func closed() throws {
    var descent = try DirectoryDescent(from: temporary.root)
    try descent.current.createDirectory("d")
    try descent.enter("d")
    weak let first = descent.current
    try #require(first != nil)
    for _ in 0..<100 {
      try descent.current.createDirectory("d")
      try descent.enter("d")
    }
    #expect(first == nil)
  }

  @Test("a directory that was moved on the way leads nowhere")
  func moved() throws {
    var descent = try descent(100)
    for _ in 0..<98 { try descent.leave() }
    try temporary.root.openDirectory("d").rename("d", to: "moved", in: temporary.root)
    let error = #expect(throws: FileSystemError.self) { try descent.leave() }
    #expect(error?.code == .stale)
  }
}
