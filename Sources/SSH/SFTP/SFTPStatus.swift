/// The protocol's status codes.
enum SFTPStatus {
  static let ok: UInt32 = 0
  static let endOfFile: UInt32 = 1

  /// What a failure means to the one who asked.
  static func meaning(_ code: UInt32) -> SSHError.Code {
    switch code {
    case 2, 10: .notFound
    case 3, 12: .permissionDenied
    case 8: .unsupported
    // No connection, connection lost: said by servers that are gateways to others.
    case 6, 7: .disconnected
    default: .failed
    }
  }
}
