public import SSH

/// Where a repository lies on a server, as a person names it, and who is to log in there.
public struct SFTPPlace: Sendable {
  /// The server, and the user there.
  public let address: SSHAddress
  /// The directory; one that is not absolute begins in the user's own.
  public let path: String
  /// Who connects.
  public let user: SSHUser

  /// A directory of a server.
  ///
  /// - Throws: `.invalidName` if `path` is empty or contains a NUL.
  public init(_ address: SSHAddress, path: String, user: SSHUser) throws(BackendError) {
    guard !path.isEmpty, !path.utf8.contains(0), path.utf8.count <= 4_096 else {
      throw BackendError(code: .invalidName, message: "no directory can be called \(path.debugDescription)")
    }
    self.address = address
    self.path = path
    self.user = user
  }

  /// The place in one form, whatever was left out or had another name.
  func location(of host: SSHHost, root: [UInt8]) -> String {
    let name = host.name.contains(":") ? "[\(host.name)]" : host.name.lowercased()
    let port = host.port == 22 ? "" : ":\(host.port)"
    return "sftp://\(host.user)@\(name)\(port)\(String(decoding: root, as: UTF8.self))"
  }
}

extension SFTPPlace: CustomStringConvertible {
  /// The place as one may type it.
  public var description: String {
    let user = address.user.map { "\($0)@" } ?? ""
    let host = address.host.contains(":") ? "[\(address.host)]" : address.host
    let port = address.port.map { ":\($0)" } ?? ""
    return "sftp://\(user)\(host)\(port)\(path.hasPrefix("/") ? path : "/~/\(path)")"
  }
}
