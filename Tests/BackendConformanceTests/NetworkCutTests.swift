import Backend
import BackendTestSupport
import Glibc
import SSH
import Synchronization
import TestSupport
import Testing

@Suite("A repository over a network that is cut at random bytes")
struct NetworkCutTests {
  /// What one worker was told is stored, and is not.
  private struct Outcome: Sendable {
    var stored: [ObjectName: [UInt8]] = [:]
    var deleted: Set<ObjectName> = []
    var failures: [String] = []
  }

  private static let cuts = getenv("FIRN_NETWORK_CUTS").flatMap { Int(String(cString: $0)) } ?? 150

  @Test("loses nothing that was acknowledged, and needs nobody to try again", arguments: [1, 2] as [UInt64])
  func losesNothing(seed: UInt64) throws {
    let server = try SSHServer.shared.get()
    let directory = TemporaryDirectory(inMemory: true)
    try SFTPBackend.create(server.place(directory.path)).put(.config, [1])
    let proxy = try CuttingProxy(to: server.port, seed: seed)
    var settings = SFTPSettings()
    settings.pause = { _ in
      usleep(2_000)
      return true
    }
    let backend = try SFTPBackend.open(server.place(directory.path, port: proxy.port), settings: settings)
    // Some are cut before the host is known, most while something is on its way.
    proxy.cut(after: 1_000...600_000)
    let outcomes = onThreads(4) { worker in Self.work(backend, proxy, seed: seed &* 100 &+ UInt64(worker)) }
    proxy.cut(after: nil)
    let local = try LocalBackend.open(at: directory.path)
    for outcome in outcomes {
      #expect(outcome.failures == [], "seed \(seed)")
      for (name, bytes) in outcome.stored {
        #expect(try local.getWhole(name, limit: 1 << 22) == bytes, "seed \(seed), \(name)")
      }
      for name in outcome.deleted {
        expect(.notFound) { () throws(BackendError) in _ = try local.size(of: name) }
      }
    }
    let stored = outcomes.reduce(0) { $0 + $1.stored.keys.count { $0.area == .packs } }
    #expect(try backend.list(.packs).objects.count == stored, "seed \(seed)")
    #expect(proxy.cuts >= Self.cuts, "seed \(seed)")
  }

  private static func work(_ backend: SFTPBackend, _ proxy: CuttingProxy, seed: UInt64) -> Outcome {
    var generator = SeededGenerator(seed: seed)
    var outcome = Outcome()
    var number = 0
    while proxy.cuts < cuts {
      number += 1
      do {
        try step(number, backend, &generator, seed, &outcome)
      } catch {
        outcome.failures.append("\(error)")
        return outcome
      }
    }
    return outcome
  }

  private static func step(
    _ number: Int, _ backend: SFTPBackend, _ generator: inout SeededGenerator, _ seed: UInt64, _ outcome: inout Outcome
  ) throws {
    // Lists and memory stay short.
    let isFull = outcome.stored.count > 40
    switch isFull ? 4 : Int.random(in: 0..<6, using: &generator) {
    case 0...2:
      let name = try ObjectName(Bool.random(using: &generator) ? .packs : .index, "ab-\(seed)-\(number)")
      let bytes = generator.bytes(Int.random(in: 0...400_000, using: &generator))
      let upload = try backend.beginUpload(to: name.area)
      let middle = bytes.count / 3
      try upload.append(Array(bytes[..<middle]))
      try upload.append(Array(bytes[middle...]))
      // Its own first attempt may have got the name.
      _ = try upload.commit(as: name)
      outcome.stored[name] = bytes
    case 3:
      guard let (name, bytes) = outcome.stored.randomElement(using: &generator) else { return }
      let start = Int.random(in: 0...bytes.count, using: &generator)
      let read = try backend.bytes(of: name, at: UInt64(start), count: bytes.count - start)
      if read != Array(bytes[start...]) { outcome.failures.append("\(name) reads as something else") }
    case 4:
      guard let name = outcome.stored.keys.sorted().randomElement(using: &generator) else { return }
      try backend.delete(name)
      outcome.stored[name] = nil
      outcome.deleted.insert(name)
    default:
      let listed = Set(try backend.list(.packs).objects.map(\.name))
      let missing = outcome.stored.keys.filter { $0.area == .packs && !listed.contains($0) }
      if !missing.isEmpty { outcome.failures.append("\(missing) are not listed") }
    }
  }

  @Test("tells once of each loss that lasts, however many threads try how often")
  func tellsOnce() throws {
    let server = try SSHServer.shared.get()
    let directory = TemporaryDirectory()
    try SFTPBackend.create(server.place(directory.path)).put(.config, [1])
    let proxy = try CuttingProxy(to: server.port, seed: 4)
    var settings = SFTPSettings()
    let told = Atomic<Int>(0)
    settings.connectionLost = { host, _ in
      #expect(host.port == proxy.port)
      told.add(1, ordering: .relaxed)
    }
    let pauses = Atomic<Int>(0)
    settings.pause = { _ in
      if pauses.add(1, ordering: .relaxed).newValue == 20 { proxy.cut(after: nil) }
      usleep(2_000)
      return true
    }
    let backend = try SFTPBackend.open(server.place(directory.path, port: proxy.port), settings: settings)
    // A connection that is made again at once is no news.
    backend.dropConnections()
    _ = try backend.list(.index)
    for loss in 1...3 {
      pauses.store(0, ordering: .relaxed)
      proxy.cut(after: 0...0)
      backend.dropConnections()
      let failures = onThreads(4) { _ in (try? backend.list(.index)) == nil }
      #expect(!failures.contains(true))
      #expect(told.load(ordering: .relaxed) == loss)
    }
  }

  @Test("gives up, and says so, when nobody answers for longer than it has patience")
  func givesUp() throws {
    let server = try SSHServer.shared.get()
    let directory = TemporaryDirectory()
    try SFTPBackend.create(server.place(directory.path)).put(.config, [1])
    let proxy = try CuttingProxy(to: server.port, seed: 3)
    var settings = SFTPSettings()
    let pauses = Atomic<Int>(0)
    settings.pause = { _ in pauses.add(1, ordering: .relaxed).newValue < 10 }
    let backend = try SFTPBackend.open(server.place(directory.path, port: proxy.port), settings: settings)
    proxy.cut(after: 10...1_000)
    // The connection that is there still serves; all that come after it are cut.
    backend.dropConnections()
    expect(.unreachable) { () throws(BackendError) in _ = try backend.list(.index) }
    #expect(pauses.load(ordering: .relaxed) == 10)
    // Nobody waits a second time.
    let connections = proxy.connections
    proxy.cut(after: nil)
    expect(.unreachable) { () throws(BackendError) in _ = try backend.list(.index) }
    expect(.unreachable) { () throws(BackendError) in try backend.put(.config, [1]) }
    #expect(pauses.load(ordering: .relaxed) == 10)
    #expect(proxy.connections == connections)
  }
}
