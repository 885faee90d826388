import CSSH2

/// The keys of an agent, through libssh2.
final class SSHAgent {
  /// One key that the agent can sign with.
  struct Identity {
    let type: String
    let comment: String
    /// The public key in the protocol's form.
    let blob: [UInt8]
    fileprivate let key: UnsafeMutablePointer<libssh2_agent_publickey>
  }

  // An agent with more keys than a server lets one try is no use either.
  private static let identityLimit = 64

  /// The keys, in the agent's order. They are the agent's own and go with it.
  private(set) var identities: [Identity] = []
  private let handle: OpaquePointer
  private let session: SSHSession

  /// - Returns: nil if no agent answers.
  init?(_ session: SSHSession, path: String) {
    guard let handle = libssh2_agent_init(session.handle) else { return nil }
    self.handle = handle
    self.session = session
    libssh2_agent_set_identity_path(handle, path)
    guard libssh2_agent_connect(handle) == 0, libssh2_agent_list_identities(handle) == 0 else { return nil }
    var previous: UnsafeMutablePointer<libssh2_agent_publickey>?
    while identities.count < Self.identityLimit {
      var next: UnsafeMutablePointer<libssh2_agent_publickey>?
      guard libssh2_agent_get_identity(handle, &next, previous) == 0, let key = next else { return }
      let blob = Array(UnsafeRawBufferPointer(start: key.pointee.blob, count: key.pointee.blob_len))
      let comment = key.pointee.comment.map { String(cString: $0) } ?? ""
      if let type = HostKey.type(ofBlob: blob) {
        identities.append(Identity(type: type, comment: comment, blob: blob, key: key))
      }
      previous = key
    }
  }

  deinit {
    _ = libssh2_agent_disconnect(handle)
    libssh2_agent_free(handle)
  }

  /// Offers a key to the server; a status of libssh2.
  func authenticate(as user: String, with identity: Identity) -> CInt {
    libssh2_agent_userauth(handle, user, identity.key)
  }
}
