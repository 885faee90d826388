import CSSH2
import Glibc

/// The algorithms that a server offers, as it says before a key is agreed on (RFC 4253, 7.1). libssh2 tells nobody of them.
struct ServerOffer {
  /// What is lacking, as messages name it.
  private struct Kind {
    let name: String
    /// The setting of sshd_config that decides.
    let setting: String
    let method: CInt
  }

  // In the order of the protocol's lists, whose numbers libssh2 uses; those of the other direction are the same.
  private static let kinds = [
    Kind(name: "key exchange", setting: "KexAlgorithms", method: LIBSSH2_METHOD_KEX),
    Kind(name: "host key", setting: "HostKey", method: LIBSSH2_METHOD_HOSTKEY),
    Kind(name: "cipher", setting: "Ciphers", method: LIBSSH2_METHOD_CRYPT_CS),
    Kind(name: "MAC", setting: "MACs", method: LIBSSH2_METHOD_MAC_CS),
  ]
  /// The number of the message.
  private static let kexInit: UInt8 = 20
  // The longest offers have a few thousand bytes, their lists some hundred.
  private static let limit = 32 << 10
  private static let shownLimit = 1_000

  private var lists: [[String]] = []

  /// Asks a server over a connection of its own; nil if it doesn't say.
  ///
  /// - Throws: `.unreachable`, `.cancelled`.
  init?(askingOf host: SSHHost, isCancelled: () -> Bool) throws(SSHError) {
    let socket = try Socket(connectingTo: host, timeout: host.timeouts.connect, isCancelled: isCancelled)
    let deadline = ContinuousClock.now + host.timeouts.handshake
    let hello = "SSH-2.0-firn\r\n"
    guard send(socket.descriptor, hello, hello.utf8.count, CInt(MSG_NOSIGNAL)) == hello.utf8.count else { return nil }
    var stream: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 4 << 10)
    while stream.count < Self.limit,
      Socket.wait(socket.descriptor, CInt(POLLIN), until: deadline, unless: isCancelled) != 0
    {
      let count = recv(socket.descriptor, &block, block.count, 0)
      guard count > 0 else { return nil }
      stream += block[..<count]
      if let offer = ServerOffer(stream) {
        self = offer
        return
      }
    }
    return nil
  }

  /// The offer in what a server sends first; nil if it is not there as a whole.
  init?(_ stream: [UInt8]) {
    // Other lines may come before the server's name.
    var rest = stream[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      let line = rest[..<end]
      rest = rest[(end + 1)...]
      guard line.starts(with: "SSH-".utf8) else { continue }
      var reader = WireReader(rest)
      guard let packet = reader.string(limit: Self.limit) else { return nil }
      // The length of the padding, the kind of message, a cookie.
      guard packet.count > 18, packet.dropFirst().first == Self.kexInit else { return nil }
      var message = WireReader(packet.dropFirst(18))
      for _ in Self.kinds {
        // Ciphers and MACs have a list for each direction.
        let isDouble = lists.count > 1
        guard let names = message.string(), !isDouble || message.string() != nil else { return nil }
        lists.append(String(decoding: names, as: UTF8.self).split(separator: ",").map(String.init))
      }
      return
    }
    return nil
  }

  /// The first kind of algorithm of which the server offers none that is supported here, in words; nil if there is none.
  func lacking(of supported: (CInt) -> [String]) -> String? {
    for (kind, offered) in zip(Self.kinds, lists) {
      let here = supported(kind.method)
      guard Set(here).isDisjoint(with: offered) else { continue }
      return "no \(kind.name) in common: it offers \(offered.joined(separator: ", ").prefix(Self.shownLimit)), and "
        + "libssh2 \(LIBSSH2_VERSION) has \(here.joined(separator: ", ")); allow one of these by \(kind.setting) in its sshd_config"
    }
    return nil
  }
}
