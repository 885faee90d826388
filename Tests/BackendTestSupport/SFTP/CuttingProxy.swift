import Glibc
import Synchronization
import TestSupport
import Testing
import Threads

/// Stands between a client and a server on this machine and cuts connections after random numbers of bytes, or delays what
/// goes through.
public final class CuttingProxy: Sendable {
  /// Where it listens, on the loopback address.
  public let port: UInt16

  private struct State {
    var generator: SeededGenerator
    var range: ClosedRange<Int>?
    var cuts = 0
    var connections = 0
  }

  private let target: UInt16
  private let listener: CInt
  private let state: Mutex<State>

  /// A proxy to a port of this machine that cuts nothing until it is told to.
  public init(to target: UInt16, seed: UInt64) throws {
    self.target = target
    state = Mutex(State(generator: SeededGenerator(seed: seed)))
    let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
    try #require(LoopbackAddress(port: 0).use { bind(listener, $0, $1) } == 0)
    try #require(listen(listener, 64) == 0)
    port = try #require(LoopbackAddress.port(of: listener))
    self.listener = listener
    let thread = WorkerThread { [weak self] in
      while true {
        let client = accept(listener, nil, nil)
        guard client >= 0 else { return }
        _ = fcntl(client, F_SETFD, FD_CLOEXEC)
        guard let self else {
          close(client)
          return
        }
        self.serve(client)
      }
    }
    #expect(thread != nil)
  }

  deinit { shutdown(listener, CInt(SHUT_RDWR)) }

  /// How many connections were cut.
  public var cuts: Int { state.withLock { $0.cuts } }

  /// How many connections were made.
  public var connections: Int { state.withLock { $0.connections } }

  /// Cuts each connection that is made from now on after so many bytes in both directions; none with nil.
  public func cut(after range: ClosedRange<Int>?) { state.withLock { $0.range = range } }

  private func serve(_ client: CInt) {
    let server = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
    let budget = state.withLock { state -> Int? in
      state.connections += 1
      return state.range.map { Int.random(in: $0, using: &state.generator) }
    }
    let isConnected = LoopbackAddress(port: target).use { connect(server, $0, $1) } == 0
    let thread =
      isConnected
      ? WorkerThread { [self] in
        if Self.pump(client, server, budget) { state.withLock { $0.cuts += 1 } }
        close(client)
        close(server)
      } : nil
    if thread == nil {
      close(client)
      close(server)
    }
  }

  /// Moves bytes until one side ends, or so many were moved; whether that was it.
  private static func pump(_ client: CInt, _ server: CInt, _ budget: Int?) -> Bool {
    var left = budget ?? .max
    var block = [UInt8](repeating: 0, count: 64 << 10)
    while left > 0 {
      var waits = [client, server].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      guard poll(&waits, 2, -1) > 0 else { continue }
      for (index, wait) in waits.enumerated() where wait.revents != 0 && left > 0 {
        let count = recv(wait.fd, &block, min(block.count, left), 0)
        guard count > 0 else { return false }
        left -= count
        guard send(index == 0 ? server : client, block, count) else { return false }
      }
    }
    return true
  }

  private static func send(_ socket: CInt, _ bytes: [UInt8], _ count: Int) -> Bool {
    var sent = 0
    while sent < count {
      let some = bytes[sent..<count].withUnsafeBytes {
        Glibc.send(socket, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
      }
      guard some > 0 else { return false }
      sent += some
    }
    return true
  }
}
