import CSSH2

/// What the SFTP protocol runs over: bytes in both directions, neither of which blocks. Used by one thread at a time.
protocol ByteChannel: AnyObject {
  /// What the other side is called in messages.
  var peer: String { get }

  /// Sends the beginning of the bytes; 0 if nothing goes at the moment. Whoever is told 0 or less than all goes on with the
  /// same bytes.
  func write(_ bytes: UnsafeRawBufferPointer) throws(SSHError) -> Int

  /// Whether part of what was written still waits to be sent: then nothing can be read.
  var isSending: Bool { get }

  /// Reads what is there; 0 if nothing is.
  ///
  /// - Throws: `.disconnected` at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(SSHError) -> Int

  /// Waits until one of the two may go on.
  ///
  /// - Throws: `.timedOut` if the other side is silent, or has not answered, for too long.
  func wait() throws(SSHError)

  /// To be called before an answer is waited for.
  func beginListening()
}

/// A subsystem of a server, such as `sftp`. It ends with its session, of which it is the only channel.
final class SSHChannel: ByteChannel {
  private let session: SSHSession
  private let handle: OpaquePointer

  // What the server may send before it must wait for more room: reads of several frames, on their way at once.
  private static let window: UInt32 = 8 << 20
  private static let packetLimit: UInt32 = 32 << 10

  var peer: String { session.host.description }

  /// Connects, logs in and starts the subsystem.
  ///
  /// - Throws: as `SSHSession.init` and `SSHSession.authenticate`; `.unsupported` if the server opens no channel, or has no
  ///   such subsystem.
  init(subsystem: String, of host: SSHHost, for user: SSHUser) throws(SSHError) {
    let session: SSHSession
    do throws(SSHError) {
      session = try SSHSession(connectingTo: host, asking: user)
      try session.authenticate()
    } catch let error
      where host.hasUnreadBlocks && [.unreachable, .hostKeyUnknown, .authenticationFailed].contains(error.code)
    {
      throw SSHError(
        error.code,
        "\(error). The ssh configuration has Match blocks, of which only \"Match all\" is read: "
          + "what they say about the host must stand in a Host block")
    }
    self.session = session
    let type = "session"
    var opened: OpaquePointer?
    do throws(SSHError) {
      try session.retrying("open a channel") {
        opened = libssh2_channel_open_ex(
          session.handle, type, UInt32(type.utf8.count), Self.window, Self.packetLimit, nil, 0)
        return opened == nil ? libssh2_session_last_errno(session.handle) : 0
      }
    } catch let error where error.code == .failed {
      throw SSHError(
        .unsupported, "\(host) opens no session for \(host.user) (see MaxSessions in its sshd_config): \(error)")
    }
    guard let opened else { throw SSHError(.failed, "\(host) gives no channel") }
    handle = opened
    libssh2_channel_handle_extended_data2(handle, LIBSSH2_CHANNEL_EXTENDED_DATA_IGNORE)
    let request = "subsystem"
    do throws(SSHError) {
      try session.retrying("start \(subsystem)") { [handle] in
        libssh2_channel_process_startup(
          handle, request, UInt32(request.utf8.count), subsystem, UInt32(subsystem.utf8.count))
      }
    } catch let error where error.code == .failed {
      throw SSHError(.unsupported, "\(host) has no \(subsystem) for \(host.user): \(error)")
    }
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(SSHError) -> Int {
    let count = libssh2_channel_write_ex(
      handle, 0, bytes.bindMemory(to: CChar.self).baseAddress, bytes.count)
    if count == Int(LIBSSH2_ERROR_EAGAIN) { return 0 }
    guard count >= 0 else { throw session.error(CInt(clamping: count), "send") }
    return count
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(SSHError) -> Int {
    let count = libssh2_channel_read_ex(
      handle, 0, buffer.bindMemory(to: CChar.self).baseAddress, buffer.count)
    if count == Int(LIBSSH2_ERROR_EAGAIN) { return 0 }
    guard count >= 0 else { throw session.error(CInt(clamping: count), "receive") }
    if count == 0, libssh2_channel_eof(handle) != 0 {
      throw SSHError(.disconnected, "\(peer) has ended the connection")
    }
    return count
  }

  var isSending: Bool { session.isSending }

  func wait() throws(SSHError) { try session.waitForAnswer() }

  func beginListening() { session.beginListening() }
}
