import Glibc

/// A connected, non-blocking TCP socket; closed when it is released.
struct Socket: ~Copyable {
  let descriptor: CInt

  /// Connects to the first address of the host that accepts.
  ///
  /// - Throws: `.unreachable`, `.cancelled`.
  init(connectingTo host: SSHHost, timeout: Duration, isCancelled: () -> Bool) throws(SSHError) {
    var hints = addrinfo()
    hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_ADDRCONFIG
    var found: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host.name, "\(host.port)", &hints, &found)
    guard status == 0 else {
      throw SSHError(.unreachable, "can't find the host \(host.name): \(String(cString: gai_strerror(status)))")
    }
    defer { freeaddrinfo(found) }
    var reason: CInt = 0
    for address in sequence(first: found, next: { $0?.pointee.ai_next }) {
      guard let address = address?.pointee else { break }
      let descriptor = socket(
        address.ai_family, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
      guard descriptor >= 0 else {
        reason = errno
        continue
      }
      reason = Self.connect(descriptor, address, timeout, isCancelled)
      if reason == 0 {
        var on: CInt = 1
        setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout.size(ofValue: on)))
        self.descriptor = descriptor
        return
      }
      close(descriptor)
      if isCancelled() { throw .cancelled(host) }
    }
    throw SSHError(.unreachable, "can't connect to \(host): \(Self.describe(reason))")
  }

  deinit { close(descriptor) }

  /// 0 or the error's number.
  private static func connect(
    _ descriptor: CInt, _ address: addrinfo, _ timeout: Duration, _ isCancelled: () -> Bool
  ) -> CInt {
    if Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 { return 0 }
    guard errno == EINPROGRESS else { return errno }
    guard wait(descriptor, CInt(POLLOUT), until: .now + timeout, unless: isCancelled) != 0 else { return ETIMEDOUT }
    var error: CInt = 0
    var size = socklen_t(MemoryLayout.size(ofValue: error))
    return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno
  }

  /// Waits until some of `events` is there: which ones, or none at the deadline or when the wait is cancelled. It is in short
  /// steps, since what cancels it may be a signal that another thread gets.
  static func wait(
    _ descriptor: CInt, _ events: CInt, until deadline: ContinuousClock.Instant, unless isCancelled: () -> Bool
  ) -> CInt {
    while !isCancelled() {
      let left = min(max(.zero, deadline - .now), .milliseconds(100))
      let milliseconds = left.components.seconds * 1_000 + left.components.attoseconds / 1_000_000_000_000_000 + 1
      var request = pollfd(fd: descriptor, events: Int16(events), revents: 0)
      let count = poll(&request, 1, CInt(clamping: milliseconds))
      if count > 0 { return CInt(request.revents) }
      if count < 0 ? errno != EINTR : .now >= deadline { return 0 }
    }
    return 0
  }

  /// Whether nothing more will come from the other side.
  static func hasEnded(_ descriptor: CInt) -> Bool {
    var byte: UInt8 = 0
    let count = recv(descriptor, &byte, 1, CInt(MSG_PEEK) | CInt(MSG_DONTWAIT))
    return count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)
  }

  static func describe(_ number: CInt) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { text in
      guard let start = text.baseAddress, strerror_r(number, start, text.count) == 0 else { return "error \(number)" }
      return String(cString: start)
    }
  }
}
