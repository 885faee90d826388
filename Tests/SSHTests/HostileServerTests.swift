import TestSupport
import Testing

@testable import SSH

@Suite("A server that lies")
struct HostileServerTests {
  /// The number of a request.
  private static func id(_ request: ArraySlice<UInt8>) -> [UInt8] { Array(request.prefix(4)) }

  private static func status(_ request: ArraySlice<UInt8>, _ code: UInt32) -> [UInt8] {
    FakeServer.packet(101, Self.id(request) + FakeServer.number(code) + FakeServer.string([]) + FakeServer.string([]))
  }

  private static func names(_ request: ArraySlice<UInt8>, count: UInt32, _ names: [String]) -> [UInt8] {
    FakeServer.packet(
      104,
      Self.id(request) + FakeServer.number(count)
        + names.flatMap { FakeServer.string(Array($0.utf8)) + FakeServer.string([]) + FakeServer.number(0) })
  }

  private static func data(_ request: ArraySlice<UInt8>, _ count: Int) -> [UInt8] {
    FakeServer.packet(103, Self.id(request) + FakeServer.string([UInt8](repeating: 7, count: count)))
  }

  private static let handle = SFTPHandle(bytes: [1])

  /// What `body` fails with, after which nothing more can be asked.
  private func expectViolation(
    _ answer: @escaping (UInt8, ArraySlice<UInt8>) -> [UInt8], sourceLocation: SourceLocation = #_sourceLocation,
    _ body: (SFTPClient) throws -> Void
  ) throws {
    let client = try SFTPClient(FakeServer(answer))
    let error = #expect(throws: SSHError.self, sourceLocation: sourceLocation) { try body(client) }
    #expect(error?.code == .protocolViolation, "\(error?.message ?? "")", sourceLocation: sourceLocation)
    #expect(throws: SSHError.self, sourceLocation: sourceLocation) {
      try client.value(of: client.attributes(of: [0x2F]))
    }
  }

  @Test("about how long a packet is, is not listened to", arguments: [0, 1 << 20, UInt32.max])
  func packetLength(length: UInt32) throws {
    try expectViolation({ _, _ in FakeServer.number(length) + [101, 0, 0] }) { try $0.value(of: $0.remove([1])) }
  }

  @Test("about what was asked is found out")
  func wrongRequest() throws {
    try expectViolation({ _, _ in Self.status([9, 9, 9, 9], 0) }) { try $0.value(of: $0.remove([1])) }
    try expectViolation({ _, request in Self.status(request, 0) + Self.status(request, 0) }) { client in
      let first = client.remove([1])
      let second = client.remove([2])
      try client.value(of: second)
      try client.value(of: first)
    }
  }

  @Test("by answering something else is found out")
  func wrongKind() throws {
    try expectViolation({ _, request in Self.names(request, count: 1, ["x"]) }) { try $0.value(of: $0.remove([1])) }
    try expectViolation({ _, request in Self.status(request, 0) }) { _ = try $0.value(of: $0.open([1], .read)) }
    try expectViolation({ _, request in FakeServer.packet(77, Self.id(request)) }) {
      try $0.value(of: $0.remove([1]))
    }
    try expectViolation({ _, request in Self.names(request, count: 2, ["a", "b"]) }) {
      _ = try $0.value(of: $0.realPath([1]))
    }
  }

  @Test("about how many names or attributes there are gets no memory for them")
  func wrongCounts() throws {
    try expectViolation({ _, request in Self.names(request, count: .max, ["x"]) }) {
      _ = try $0.value(of: $0.names(in: Self.handle, [1]))
    }
    try expectViolation({ _, request in
      FakeServer.packet(105, Self.id(request) + FakeServer.number(0x8000_0000) + FakeServer.number(.max))
    }) {
      _ = try $0.value(of: $0.attributes(of: [1]))
    }
  }

  @Test("by sending more than was asked for, or nothing, writes nowhere else")
  func wrongLengths() throws {
    for count in [0, 11, 100_000] {
      var buffer = [UInt8](repeating: 0, count: 30)
      try expectViolation({ _, request in Self.data(request, count) }) { client in
        _ = try buffer.withUnsafeMutableBytes { bytes in
          try client.read(
            Self.handle, [1], at: 0, into: UnsafeMutableRawBufferPointer(rebasing: bytes[10..<20]), limits: .least)
        }
      }
      #expect(buffer[..<10].allSatisfy { $0 == 0 } && buffer[20...].allSatisfy { $0 == 0 })
    }
  }

  @Test("by never coming to the end of a directory is given up on")
  func endlessNames() throws {
    try expectViolation({ _, request in Self.names(request, count: 0, []) }) { client in
      _ = try client.allNames(in: Self.handle, [1], client.beginListing(Self.handle, [1]))
    }
    var asked = 0
    try expectViolation({ _, request in
      asked += 1
      return Self.names(request, count: 100, (0..<100).map { "\(asked)-\($0)" })
    }) { client in
      _ = try client.allNames(in: Self.handle, [1], client.beginListing(Self.handle, [1]), limit: 10_000)
    }
    #expect(asked < 10_000 / 100 + 40)
  }

  @Test("by listing names that no file can have, or ever more of them, is given up on")
  func impossibleNames() throws {
    let long = String(repeating: "x", count: 256)
    try expectViolation({ _, request in Self.names(request, count: 1, [long]) }) { client in
      _ = try client.allNames(in: Self.handle, [1], client.beginListing(Self.handle, [1]))
    }
    try expectViolation({ _, request in Self.names(request, count: 3, ["a", "b", "c"]) }) { client in
      _ = try client.allNames(in: Self.handle, [1], client.beginListing(Self.handle, [1]), limit: 100)
    }
  }

  @Test("by wanting tiny or huge messages gets those that every server takes, or as long ones as pay")
  func limits() throws {
    for (said, read) in [(1, SFTPLimits.least.read), (0, SFTPLimits.least.read), (UInt64.max, SFTPLimits.most)] {
      let client = try SFTPClient(
        FakeServer { _, request in
          let number = withUnsafeBytes(of: said.bigEndian) { Array($0) }
          return FakeServer.packet(201, Self.id(request) + number + number + number + number)
        })
      #expect(try client.value(of: client.limits()) == SFTPLimits(read: read, write: read))
    }
  }

  @Test("by saying something else than its version first is not spoken to, whatever was asked already")
  func answersBeforeVersion() throws {
    #expect(throws: SSHError.self) {
      try SFTPClient(FakeServer(hello: []) { _, request in Self.status(request, 0) }) { client in
        client.forget(client.remove([1]))
      }
    }
    let client = try SFTPClient(FakeServer { _, request in Self.status(request, 0) }) { client in
      client.forget(client.remove([1]))
    }
    try client.value(of: client.remove([2]))
    #expect(client.roundTrips == 2)
  }

  @Test("by speaking another protocol is not spoken to")
  func wrongProtocol() {
    for hello in [
      FakeServer.packet(101, [0, 0, 0, 3]), FakeServer.packet(2, [0, 0]), Array("SSH-2.0-OpenSSH\r\n".utf8),
      FakeServer.packet(2, [0, 0, 0, 2]),
    ] {
      #expect(throws: SSHError.self) { try SFTPClient(FakeServer(hello: hello) { _, _ in [] }) }
    }
  }

  /// What a server sends first: its name, and a packet that is padded with nothing.
  private static func offer(_ lists: [String], before: String = "") -> [UInt8] {
    let names = lists.flatMap { FakeServer.string(Array($0.utf8)) }
    return Array("\(before)SSH-2.0-x\r\n".utf8)
      + FakeServer.string([0, 20] + [UInt8](repeating: 9, count: 16) + names)
  }

  @Test("about the algorithms it offers is believed only what is there as a whole")
  func offers() throws {
    let whole = Self.offer(["k", "rsa-sha2-512", "c", "c", "m", "m"], before: "hello\r\n")
    let offer = try #require(ServerOffer(whole))
    #expect(offer.lacking { _ in ["k", "c", "m", "rsa-sha2-512"] } == nil)
    let lacking = try #require(offer.lacking { _ in ["k", "c", "m", "ssh-ed25519"] })
    #expect(lacking.contains("no host key in common: it offers rsa-sha2-512, and") && lacking.contains("ssh-ed25519;"))
    for count in whole.indices { #expect(ServerOffer(Array(whole[..<count])) == nil) }
    #expect(ServerOffer(Self.offer(["k", "h", "c", "c", "m"])) == nil)
    #expect(ServerOffer(Array("SSH-2.0-x\n".utf8) + FakeServer.number(.max) + whole) == nil)
  }

  @Test("by sending anything at all makes the client fail, never fall over")
  func noise() throws {
    let seed: UInt64 = 11
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<2_000 {
      let body = generator.bytes(Int.random(in: 0...60, using: &generator))
      let type: UInt8 = [101, 102, 103, 104, 105, 201].randomElement(using: &generator) ?? 101
      let client = try SFTPClient(FakeServer { _, request in FakeServer.packet(type, Self.id(request) + body) })
      _ = try? client.value(of: client.attributes(of: [1]))
      _ = try? client.value(of: client.names(in: Self.handle, [1]))
      _ = try? client.value(of: client.fileSystem(of: [1]))
      _ = try? client.value(of: client.limits())
    }
  }

  @Test("by wanting ever another proof of who logs in is given up on")
  func endlessLogin() {
    for offers in [[[]], [["publickey"], ["password"]], [["publickey", "password"], ["publickey"], ["password"]]] {
      var rounds = LoginRounds(offers[0])
      var count = 1
      while count < 100, rounds.goOn(to: offers[count % offers.count]) { count += 1 }
      #expect(count <= 4, "\(offers)")
    }
    var rounds = LoginRounds(["publickey", "password"])
    let nexts = [["password"], ["keyboard-interactive"], ["keyboard-interactive"]]
    let areOther = nexts.map { rounds.goOn(to: $0) }
    #expect(areOther == [true, true, false])
    #expect(rounds.methods == ["keyboard-interactive"])
  }

  @Test("gets no memory for names that nobody has asked for yet")
  func untakenNames() throws {
    let client = try SFTPClient(
      FakeServer { type, request in
        type == 12 ? FakeServer.packet(104, Self.id(request) + FakeServer.number(.max)) : Self.status(request, 0)
      })
    let names = client.names(in: Self.handle, [1])
    // That one is no answer is found out only when it is taken apart.
    try client.value(of: client.remove([1]))
    let error = #expect(throws: SSHError.self) { try client.value(of: names) }
    #expect(error?.code == .protocolViolation)
  }

  @Test("is not one that sends less than was asked for, in small portions")
  func shortReads() throws {
    let client = try SFTPClient(
      FakeServer(portion: 3) { _, request in
        // The offset's lowest byte is the 13th from the end but four: handle, offset, count.
        let offset = request.dropLast(4).last ?? 0
        return offset < 10 ? Self.data(request, 1) : Self.status(request, 1)
      })
    var buffer = [UInt8](repeating: 0, count: 20)
    let count = try buffer.withUnsafeMutableBytes {
      try client.read(Self.handle, [1], at: 0, into: $0, limits: .least)
    }
    #expect(count == 10)
    #expect(buffer == [UInt8](repeating: 7, count: 10) + [UInt8](repeating: 0, count: 10))
  }

  @Test("is told apart from one that fails, whose words are passed on")
  func failures() throws {
    for (code, expected) in [
      (2, SSHError.Code.notFound), (3, .permissionDenied), (4, .failed), (8, .unsupported), (1_000, .failed),
    ] as [(UInt32, SSHError.Code)] {
      let client = try SFTPClient(FakeServer { _, request in Self.status(request, code) })
      let error = #expect(throws: SSHError.self) { try client.value(of: client.remove(Array("/some/path".utf8))) }
      #expect(error?.code == expected)
      #expect(error?.message.contains("/some/path") == true)
      #expect(client.failure == nil)
    }
  }
}
