import CSSH2
import Glibc

/// A connection to an SSH server, as libssh2 keeps it. Used by one thread at a time.
///
/// Nothing blocks in libssh2: it is asked again when the socket is ready, and how long that may take is decided here.
final class SSHSession {
  let host: SSHHost
  let handle: OpaquePointer
  private let socket: Socket
  /// When the server, or its side of the connection, last showed that it lives.
  private var lastHeard = ContinuousClock.now
  /// Since when an answer is due.
  private var listeningSince = ContinuousClock.now
  /// Since when it is waited for only because the user wants the end.
  private var endingSince: ContinuousClock.Instant?
  /// What libssh2 calls back with, when a server asks questions.
  let prompter: Prompter

  /// Whether libssh2 could be made ready, once for the process.
  private static let isReady = libssh2_init(0) == 0

  /// Connects, and checks that the server is the one that is meant. Nobody has logged in then.
  ///
  /// - Throws: `.unreachable`, `.timedOut`, `.disconnected`, `.cancelled`, `.hostKeyUnknown`, `.hostKeyChanged`,
  ///   `.hostKeyRevoked`; `.unsupported` if there is no algorithm in common.
  init(connectingTo host: SSHHost, asking user: SSHUser) throws(SSHError) {
    let timeouts = host.timeouts
    prompter = Prompter(user, for: host)
    guard Self.isReady,
      let handle = libssh2_session_init_ex(nil, nil, nil, Unmanaged.passUnretained(prompter).toOpaque())
    else { throw SSHError(.failed, "libssh2 could not be started") }
    self.host = host
    self.handle = handle
    do throws(SSHError) {
      socket = try Socket(connectingTo: host, timeout: timeouts.connect, isCancelled: user.isCancelled)
    } catch {
      libssh2_session_free(handle)
      throw error
    }
    libssh2_session_set_blocking(handle, 0)
    libssh2_keepalive_config(handle, 1, UInt32(clamping: max(1, timeouts.silence.components.seconds / 4)))
    // One that is there and can't be read may revoke the very key that the server shows.
    var files: [KnownHostsFile] = []
    for path in host.knownHostsFiles {
      if let text = try TextFile.contentsIfPresent(of: path) { files.append(KnownHostsFile(text, path: path)) }
    }
    let known = KnownHosts(files)
    preferKeyTypes(known.keyTypes(of: host.knownName, port: host.knownPort))
    let descriptor = socket.descriptor
    do throws(SSHError) {
      try retrying("agree on a connection") { libssh2_session_handshake(handle, descriptor) }
    } catch {
      guard libssh2_session_last_errno(handle) == LIBSSH2_ERROR_KEX_FAILURE,
        // Where the server can't be asked, what failed is told.
        let offer = try? ServerOffer(askingOf: host, isCancelled: user.isCancelled),
        let lacking = offer.lacking(of: supportedMethods)
      else { throw error }
      throw SSHError(.unsupported, "\(host) and firn have \(lacking)")
    }
    try checkHostKey(against: known)
  }

  deinit {
    // The server is told, if that goes without waiting. Nothing waits on a socket that is shut, so all is freed at once.
    _ = libssh2_session_disconnect_ex(handle, SSH_DISCONNECT_BY_APPLICATION, "done", "")
    shutdown(socket.descriptor, CInt(SHUT_RDWR))
    libssh2_session_free(handle)
  }

  /// Calls libssh2 until it is done, the time is over, or the user wants the end.
  @discardableResult
  func retrying(_ action: String, timeout: Duration? = nil, _ body: () -> CInt) throws(SSHError) -> CInt {
    let deadline = ContinuousClock.now + (timeout ?? host.timeouts.handshake)
    while !prompter.user.isCancelled() {
      let status = body()
      if status >= 0 { return status }
      guard status == LIBSSH2_ERROR_EAGAIN else { throw error(status, action) }
      try waitForSocket(until: deadline, action, unless: prompter.user.isCancelled)
    }
    throw .cancelled(host)
  }

  /// Waits until libssh2 can go on with what was asked since `beginListening`.
  ///
  /// - Throws: `.timedOut` when the server has been silent, or has not answered, for too long.
  func waitForAnswer() throws(SSHError) {
    let deadline = listeningSince + host.timeouts.answer
    if endingSince == nil {
      if try waitForSocket(until: deadline, "go on", unless: prompter.user.isCancelled),
        !prompter.user.isCancelled()
      {
        return
      }
      endingSince = .now
    }
    // Not anew with each byte that comes.
    let end = (endingSince ?? .now) + host.timeouts.ending
    try waitForSocket(until: min(deadline, end), "go on", unless: { false })
  }

  /// Waits until libssh2 can go on; false if the wait was cancelled before.
  ///
  /// - Throws: `.timedOut` at the deadline, or when the server has been silent for too long.
  @discardableResult
  private func waitForSocket(
    until deadline: ContinuousClock.Instant, _ action: String, unless isCancelled: () -> Bool
  ) throws(SSHError) -> Bool {
    // While part of a packet waits to be sent libssh2 reads nothing, so what could be read must not wake anybody.
    let events = CInt(isSending ? POLLOUT : POLLIN)
    let silence = host.timeouts.silence
    // Only here is it seen that the server lives: libssh2 takes its answers to questions for nobody to see.
    while true {
      let isReady =
        Socket.wait(socket.descriptor, events, until: min(.now + silence / 8, deadline), unless: isCancelled) != 0
      if !isReady, isCancelled() { return false }
      let now = ContinuousClock.now
      if isReady { lastHeard = now }
      guard now < deadline, now - lastHeard < silence else {
        throw SSHError(.timedOut, "can't \(action): \(host) has not answered in time")
      }
      if isReady { return true }
      // A question can't be put between the parts of a packet.
      guard !isSending else { continue }
      var next: CInt = 0
      libssh2_keepalive_send(handle, &next)
      // libssh2 forgets the rest of a question that didn't go out whole, and nothing can follow its beginning.
      guard !isSending else { throw SSHError(.timedOut, "can't \(action): \(host) takes nothing in") }
    }
  }

  /// Whether part of a packet waits to be sent: then nothing else may be.
  var isSending: Bool { libssh2_session_block_directions(handle) & LIBSSH2_SESSION_BLOCK_OUTBOUND != 0 }

  /// Forgets how long the server has been silent: for when nothing was asked of it.
  func beginListening() {
    lastHeard = .now
    listeningSince = lastHeard
    endingSince = nil
  }

  /// What a status of libssh2 means. That a connection was cut while keys were agreed on or somebody logged in, it calls by
  /// the name of that step.
  func error(_ status: CInt, _ action: String) -> SSHError {
    var text: UnsafeMutablePointer<CChar>?
    libssh2_session_last_error(handle, &text, nil, 0)
    let reason = text.map { String(cString: $0) } ?? "error \(status)"
    let code: SSHError.Code =
      switch status {
      case LIBSSH2_ERROR_SOCKET_DISCONNECT, LIBSSH2_ERROR_SOCKET_SEND, LIBSSH2_ERROR_SOCKET_RECV,
        LIBSSH2_ERROR_BAD_SOCKET, LIBSSH2_ERROR_CHANNEL_CLOSED, LIBSSH2_ERROR_CHANNEL_EOF_SENT,
        LIBSSH2_ERROR_SOCKET_NONE, LIBSSH2_ERROR_BANNER_RECV, LIBSSH2_ERROR_BANNER_SEND, LIBSSH2_ERROR_INVALID_MAC,
        LIBSSH2_ERROR_DECRYPT,
        LIBSSH2_ERROR_PROTO:
        .disconnected
      case LIBSSH2_ERROR_TIMEOUT, LIBSSH2_ERROR_SOCKET_TIMEOUT: .timedOut
      // What failed where the server had gone failed because of that, whatever libssh2 makes of it.
      default: Socket.hasEnded(socket.descriptor) ? .disconnected : .failed
      }
    return SSHError(code, "can't \(action): \(host): \(reason) (libssh2 error \(status))")
  }
}
