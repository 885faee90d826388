import SSH
import Synchronization
import Threads

/// The connections to a server: one at first, more when several threads need one at once.
final class SFTPConnectionPool: Sendable {
  private struct State {
    var idle: [SFTPConnection]
    /// Idle ones, borrowed ones, and those that are just being made.
    var count: Int
    /// Becomes less where the server doesn't let more in.
    var limit: Int
  }

  /// What is known about making connections.
  private struct Reach {
    var isLost = false
    /// When one was made the last time.
    var madeAt = ContinuousClock.now
  }

  private let reach = Mutex(Reach())
  private let monitor: Monitor<State>
  private let connect: @Sendable () throws(SSHError) -> SFTPConnection

  /// A pool of at most `limit` connections, the first of which is there.
  init(
    _ first: SFTPConnection, limit: Int, connect: @escaping @Sendable () throws(SSHError) -> SFTPConnection
  ) {
    monitor = Monitor(State(idle: [first], count: 1, limit: limit))
    self.connect = connect
  }

  /// Lends a connection: one that is idle, a new one, or the next one that is given back.
  ///
  /// - Throws: as `SFTPClient.connect`, if there is none and none can be made.
  func borrow() throws(SSHError) -> SFTPConnection {
    let idle = monitor.wait { state -> SFTPConnection?? in
      // The one with the fewest uploads, whose next pieces would have to wait.
      let uploads = state.idle.map { $0.uploads.load(ordering: .relaxed) }
      if let index = uploads.indices.min(by: { uploads[$0] < uploads[$1] }) {
        return .some(state.idle.remove(at: index))
      }
      guard state.count < state.limit else { return nil }
      state.count += 1
      return .some(nil)
    }
    if let idle { return idle }
    do throws(SSHError) {
      let connection = try connect()
      reach.withLock { $0 = Reach() }
      return connection
    } catch {
      let others = monitor.update { state in
        state.count -= 1
        // A server that has let one in and refuses the next lets no more in: one password may be for one login. Where the
        // user wants the end, what is under way comes to it over those that are there.
        if state.count > 0, !error.isConnectionLost { state.limit = state.count }
        return state.count
      }
      guard others > 0, !error.isConnectionLost else { throw error }
      return try borrow()
    }
  }

  /// Notes that a connection could not be made, though that was tried since `start`; whether this is news.
  func noteLoss(_ start: ContinuousClock.Instant) -> Bool {
    reach.withLock { reach in
      // What was tried while another one was made says nothing.
      guard !reach.isLost, start > reach.madeAt else { return false }
      reach.isLost = true
      return true
    }
  }

  /// Lends this connection, when nobody else has it.
  ///
  /// - Throws: `.disconnected` if it has failed.
  func borrow(_ connection: SFTPConnection) throws(SSHError) {
    try monitor.wait { state throws(SSHError) -> Void? in
      if connection.hasEnded.load(ordering: .acquiring) { throw connection.client.ended() }
      guard let index = state.idle.firstIndex(where: { $0 === connection }) else { return nil }
      state.idle.remove(at: index)
      return ()
    }
  }

  /// Takes a connection back; one that has failed is dropped.
  func giveBack(_ connection: SFTPConnection) {
    monitor.update { state in
      if connection.client.failure == nil {
        state.idle.append(connection)
      } else {
        connection.hasEnded.store(true, ordering: .releasing)
        state.count -= 1
      }
    }
  }

  /// Lets go of all idle connections.
  func drop() {
    let dropped = monitor.update { state in
      let dropped = state.idle
      // Uploads that are bound to them look for others.
      for connection in dropped {
        connection.client.end()
        connection.hasEnded.store(true, ordering: .releasing)
      }
      state.count -= dropped.count
      state.idle = []
      return dropped
    }
    withExtendedLifetime(dropped) {}
  }

  /// How many round trips the connections that are idle have taken together.
  var roundTrips: Int { monitor.read { $0.idle.reduce(0) { $0 + $1.client.roundTrips } } }
}
