import SSH

extension BackendError.Code {
  /// The code for what failed on a server where the call gives its failure no meaning of its own.
  init(_ cause: SSHError) {
    self =
      switch cause.code {
      case .notFound: .notFound
      case .permissionDenied: .permissionDenied
      case .unsupported: .notSupported
      case _ where cause.isConnectionLost || cause.code == .cancelled: .unreachable
      case .hostKeyUnknown, .hostKeyChanged, .hostKeyRevoked, .authenticationFailed, .configuration: .notAuthorized
      default: .io
      }
  }

  /// The code for what failed when the server was to be reached for the first time.
  init(opening cause: SSHError) { self = cause.code == .protocolViolation ? .unreachable : .init(cause) }
}
