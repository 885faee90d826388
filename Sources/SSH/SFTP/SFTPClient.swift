/// The client's side of the SFTP protocol: requests are submitted, as many as one likes, and their answers asked for later.
/// Used by one thread at a time.
///
/// Nothing of what a server says is taken for granted: packets are bounded, answers that were not asked for or are of another
/// kind end the connection.
public final class SFTPClient {
  /// An answer that is due.
  public struct Pending<Value> {
    fileprivate let request: UInt32
    fileprivate let action: StaticString
    fileprivate let subject: [UInt8]
    fileprivate let value: (SFTPReply) -> Value?
  }

  private enum Slot {
    case waiting, unwanted
    /// As it came: names that are taken apart have nine times the size of their packet.
    case arrived(ArraySlice<UInt8>)
  }

  /// What the server has beyond the protocol.
  public private(set) var extensions: Set<SFTPExtension> = []
  /// How often an answer was waited for that no earlier wait could have brought: how many round trips it took so far.
  public private(set) var roundTrips = 0

  private let channel: any ByteChannel
  private var requests = SFTPRequests()
  private var replies = SFTPReplies()
  private var slots: [UInt32: Slot] = [:]
  private var nextRequest: UInt32 = 1
  /// The first request that was submitted after the last wait began.
  private var unawaited: UInt32 = 1
  /// Why nothing more can be asked.
  public private(set) var failure: SSHError?

  // As much as this is gathered before it is sent.
  private static let gathered = 64 << 10

  /// Connects to a host, logs in and begins the protocol.
  ///
  /// - Parameter asking: submits requests that need no extension, or may fail without it; they go out with the beginning.
  /// - Throws: `.unreachable`, `.timedOut`, `.disconnected`, `.cancelled`; `.hostKeyUnknown`, `.hostKeyChanged`, `.hostKeyRevoked`,
  ///   `.authenticationFailed`; `.unsupported` if the server has no SFTP.
  public static func connect(
    to host: SSHHost, for user: SSHUser, asking: (SFTPClient) -> Void = { _ in }
  ) throws(SSHError) -> SFTPClient {
    try SFTPClient(SSHChannel(subsystem: "sftp", of: host, for: user), asking: asking)
  }

  /// Begins the protocol.
  ///
  /// - Throws: `.unsupported` if the server speaks an older version, or something else.
  init(_ channel: any ByteChannel, asking: (SFTPClient) -> Void = { _ in }) throws(SSHError) {
    self.channel = channel
    requests.append(.initialize) { $0.uint32(3) }
    asking(self)
    try begin()
  }

  /// Sends what was submitted, and takes in what the server says first.
  private func begin() throws(SSHError) {
    roundTrips = 1
    unawaited = nextRequest
    channel.beginListening()
    try Self.flush(&requests, to: channel) { () throws(SSHError) in }
    var version: ArraySlice<UInt8>?
    while version == nil {
      if try replies.fill(channel.read) == 0 { try channel.wait() }
      if let text = replies.text {
        throw SSHError(
          .unsupported,
          "\(channel.peer) says \(text.debugDescription) instead of speaking SFTP: see the login shell there and what its start files print, "
            + "and ForceCommand in its sshd_config or command= in authorized_keys")
      }
      version = try replies.next()
    }
    var reader = WireReader(version ?? [])
    guard reader.byte() == SFTPMessage.version.rawValue, let number = reader.uint32() else {
      throw SSHError(.unsupported, "\(channel.peer) does not speak SFTP")
    }
    guard number >= 3 else { throw SSHError(.unsupported, "\(channel.peer) speaks only version \(number) of SFTP") }
    while let name = reader.string(limit: 1_024), reader.string() != nil {
      if let known = SFTPExtension(rawValue: String(decoding: name, as: UTF8.self)) { extensions.insert(known) }
    }
    try working { () throws(SSHError) in try takeIn() }
  }

  /// What the server is called in messages.
  public var peer: String { channel.peer }

  // MARK: Asking

  /// Submits a request about `subject`; `value` takes what was asked for out of the answer, and is nil if that is none.
  func submit<Value>(
    _ type: SFTPMessage, _ action: StaticString, _ subject: [UInt8], _ body: (inout SFTPRequests) -> Void,
    value: @escaping (SFTPReply) -> Value?
  ) -> Pending<Value> {
    let request = nextRequest
    nextRequest &+= 1
    slots[request] = .waiting
    requests.append(type) { requests in
      requests.uint32(request)
      body(&requests)
    }
    return Pending(request: request, action: action, subject: subject, value: value)
  }

  /// Sends what was submitted, if it is so much that waiting for more gains nothing.
  public func sendGathered() throws(SSHError) {
    if requests.count >= Self.gathered { try send() }
  }

  /// Sends all that was submitted.
  public func send() throws(SSHError) {
    try working { () throws(SSHError) in
      channel.beginListening()
      try Self.flush(&requests, to: channel) { () throws(SSHError) in try receive() }
    }
  }

  /// Waits for an answer.
  ///
  /// - Throws: `.notFound`, `.permissionDenied`, `.unsupported`, `.failed` if the server says so. `.disconnected`, `.timedOut`,
  ///   `.protocolViolation`: nothing more can be asked then.
  public func value<Value>(of pending: Pending<Value>) throws(SSHError) -> Value {
    let packet = try working { () throws(SSHError) in try self.packet(answering: pending.request) }
    let reply = SFTPReply(packet)
    if let reply, let value = pending.value(reply) { return value }
    guard case .status(let code, let message)? = reply, code != SFTPStatus.ok else {
      throw fail(SSHError(.protocolViolation, "\(peer) has answered something else than it was asked"))
    }
    let subject = String(decoding: pending.subject, as: UTF8.self)
    let reason = message.isEmpty ? "status \(code)" : message
    throw SSHError(SFTPStatus.meaning(code), "can't \(pending.action) \(subject) on \(peer): \(reason)")
  }

  /// Does without an answer.
  public func forget<Value>(_ pending: Pending<Value>) {
    switch slots[pending.request] {
    case .arrived: slots[pending.request] = nil
    case .waiting: slots[pending.request] = .unwanted
    case .unwanted, nil: break
    }
  }

  private func packet(answering request: UInt32) throws(SSHError) -> ArraySlice<UInt8> {
    if !requests.isEmpty {
      channel.beginListening()
      try Self.flush(&requests, to: channel) { () throws(SSHError) in try receive() }
    }
    if request >= unawaited {
      roundTrips += 1
      unawaited = nextRequest
    }
    channel.beginListening()
    while true {
      if case .arrived(let packet) = slots[request] {
        slots[request] = nil
        return packet
      }
      guard slots[request] != nil else { preconditionFailure("an answer can be had once") }
      if try receive() == 0 { try channel.wait() }
    }
  }

  // MARK: Moving bytes

  private static func flush(
    _ requests: inout SFTPRequests, to channel: any ByteChannel, whileWaiting receive: () throws(SSHError) -> Void
  ) throws(SSHError) {
    var isHeard = false
    while !requests.isEmpty {
      guard try requests.send(channel.write) == 0 else {
        isHeard = false
        continue
      }
      if channel.isSending || isHeard {
        try channel.wait()
        isHeard = false
        continue
      }
      // The server may be waiting for its answers to be read. What reading has begun to send, only reading sends on.
      try receive()
      while channel.isSending {
        try channel.wait()
        try receive()
      }
      // That may have made room.
      isHeard = true
    }
  }

  /// Takes in what has come; says how many bytes that was.
  @discardableResult
  private func receive() throws(SSHError) -> Int {
    let count = try replies.fill(channel.read)
    guard count > 0 else { return 0 }
    try takeIn()
    return count
  }

  /// Keeps the answers that have come whole.
  private func takeIn() throws(SSHError) {
    while let packet = try replies.next() {
      guard let request = SFTPReply.request(of: packet), let slot = slots[request] else {
        throw SSHError(.protocolViolation, "\(peer) has sent what is no answer to anything")
      }
      switch slot {
      case .waiting: slots[request] = .arrived(packet)
      case .unwanted: slots[request] = nil
      case .arrived: throw SSHError(.protocolViolation, "\(peer) has answered twice")
      }
    }
  }

  /// Runs `body`; what it throws is the end of the connection.
  private func working<Result>(_ body: () throws(SSHError) -> Result) throws(SSHError) -> Result {
    if let failure { throw failure }
    do {
      return try body()
    } catch {
      throw fail(error)
    }
  }

  /// Asks nothing more.
  public func end() { _ = fail(ended()) }

  /// The error for a connection that has ended.
  public func ended() -> SSHError { SSHError(.disconnected, "the connection to \(peer) was ended") }

  /// An error for what went wrong on the server without its saying so.
  public func failed(_ reason: String) -> SSHError { SSHError(.failed, "\(peer): \(reason)") }

  /// The end of the connection, for what the server did.
  func violation(_ deed: String) -> SSHError { fail(SSHError(.protocolViolation, "\(peer) \(deed)")) }

  private func fail(_ error: SSHError) -> SSHError {
    failure = error
    return error
  }
}
