public import Backend
import TestSupport

/// A repository in a directory of this machine, through a server on it.
public final class SFTPFixture: BackendFixture {
  /// The server.
  public let server: SSHServer
  /// The repository.
  public let sftp: SFTPBackend
  /// The repository's directory.
  public var path: String { directory.path }
  /// The repository.
  public var backend: any Backend { sftp }
  /// Names can't be exchanged over SFTP.
  public var replacesRecords: Bool { false }

  private let directory = TemporaryDirectory()

  /// Makes the repository.
  public init() throws {
    server = try SSHServer.shared.get()
    sftp = try SFTPBackend.create(server.place(directory.path))
  }

  /// The same directory over another connection.
  public func reopen() throws -> any Backend { try SFTPBackend.open(server.place(directory.path)) }
}
