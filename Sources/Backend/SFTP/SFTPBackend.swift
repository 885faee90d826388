import FileSystem
import SSH
import Synchronization

/// A repository in a directory of another machine, over SFTP. It lies there exactly as a local one does, so that it can be
/// opened on that machine by its path as well.
///
/// Objects are published by giving a flushed staged file a second name, which never clobbers, and taking the first one
/// away. For this, and for flushing, the server must have extensions of OpenSSH's. A connection that is lost is made
/// again, and what was being done is done again or found done; see `SFTPUpload`.
public final class SFTPBackend: Backend {
  /// `sftp://user@host:port/path`, with what the user's ssh configuration made of the host.
  public let location: String

  let layout: SFTPLayout
  let host: SSHHost
  let pool: SFTPConnectionPool
  let settings: SFTPSettings
  let limits: SFTPLimits
  /// Counts what may have made open packs those of another object.
  let deletions = Atomic<Int>(0)
  /// What was asked for before anybody reads it.
  let readingAhead = Mutex(SFTPReadingsAhead())
  /// The error of a connection that could not be made again for longer than the patience lasts.
  private let lost = Mutex<SSHError?>(nil)
  /// Directories that are known to stand on stable storage.
  let durableDirectories = Mutex<Set<[UInt8]>>([])

  /// What was seen when the repository was opened, to be given out once: a listing and a read that are always the first ones.
  struct FirstLook {
    var config: [UInt8]?
    var keys: Listing?
  }
  let firstLook = Mutex(FirstLook())

  private init(_ session: Session, _ place: SFTPPlace, settings: SFTPSettings) {
    layout = SFTPLayout(root: session.root)
    location = place.location(of: session.host, root: layout.directory)
    self.settings = settings
    limits = session.connection.limits
    host = session.host
    let user = place.user
    pool = SFTPConnectionPool(session.connection, limit: settings.connections) { [host] () throws(SSHError) in
      let client = try SFTPClient.connect(to: host, for: user)
      return SFTPConnection(client, limits: session.connection.limits)
    }
  }

  /// How many round trips requests took so far, over all connections that are idle.
  public var roundTrips: Int { pool.roundTrips }

  /// Ends the connections that nobody uses just now; others are made when they are needed.
  package func dropConnections() { pool.drop() }
}

// MARK: Opening and creating

extension SFTPBackend {
  /// The first connection and what was learnt over it.
  private struct Session {
    let host: SSHHost
    let connection: SFTPConnection
    /// The repository's directory, absolute, without symbolic links.
    let root: [UInt8]
  }

  /// The first connection. One that is made and cut before anybody has logged in is no reason to fail at once; a host that
  /// can't be reached may have a wrong name.
  private static func connect(
    to host: SSHHost, for user: SSHUser, _ settings: SFTPSettings, asking: (SFTPClient) -> Void
  ) throws(SSHError) -> SFTPClient {
    for pause in [Duration.milliseconds(250), .seconds(1)] {
      do throws(SSHError) {
        return try SFTPClient.connect(to: host, for: user, asking: asking)
      } catch let error where error.code == .disconnected {
        guard settings.pause(pause) else { throw error }
      }
    }
    return try SFTPClient.connect(to: host, for: user, asking: asking)
  }

  private static func connect(
    _ place: SFTPPlace, _ settings: SFTPSettings, looking: (SFTPClient) -> Void = { _ in }
  ) throws(BackendError) -> Session {
    do throws(SSHError) {
      let host = try SSHHost(place.address, for: place.user)
      var asked: (limits: SFTPClient.Pending<SFTPLimits>, root: SFTPClient.Pending<[UInt8]>)?
      let client = try connect(to: host, for: place.user, settings) { client in
        asked = (client.limits(), client.realPath(Array(place.path.utf8)))
        looking(client)
      }
      guard let asked else { preconditionFailure("a client that has begun has asked") }
      let connection = SFTPConnection(client, limits: (try? client.value(of: asked.limits)) ?? .least)
      return Session(host: host, connection: connection, root: try client.value(of: asked.root))
    } catch {
      throw BackendError(code: .init(opening: error), message: "can't open \(place)", cause: error)
    }
  }

  /// Opens the repository at a place.
  ///
  /// - Throws: `.unreachable`, `.notAuthorized`; `.repositoryMissing` if there is no directory, or no configuration in it,
  ///   `.damagedLayout` if another part of the layout is missing, `.permissionDenied` or `.io`.
  public static func open(
    _ place: SFTPPlace, settings: SFTPSettings = SFTPSettings()
  ) throws(BackendError) -> SFTPBackend {
    // All that is to be looked at is asked for at once, by the path that was given.
    let given = SFTPLayout(root: Array(place.path.utf8))
    var config: SFTPClient.Pending<SFTPHandle>?
    var keys: SFTPClient.Pending<SFTPHandle>?
    var parts: [(name: FileName, path: [UInt8], status: SFTPClient.Pending<SFTPAttributes>)] = []
    var missing: [FileName] = []
    let session: Session
    do throws(BackendError) {
      session = try connect(place, settings) { client in
        config = client.open(given.path(of: .config), .read)
        keys = client.openDirectory(given.directory(of: .keys))
        parts = LocalLayout.directories.map { name in
          let path = given.path(name.displayText)
          return (name, path, client.attributes(of: path))
        }
      }
    } catch let error where error.code == .notFound {
      throw BackendError(
        code: .repositoryMissing, message: "there is no repository at \(place): its parent is missing",
        cause: error.cause)
    }
    let client = session.connection.client
    let file: SFTPHandle?
    do throws(SSHError) {
      file = try config.map { (config) throws(SSHError) in try client.value(of: config) }
    } catch let error where error.code == .notFound {
      throw BackendError(
        code: .repositoryMissing, message: "there is no repository at \(place): it has no config", cause: error)
    } catch {
      throw BackendError(code: .init(opening: error), message: "can't open the config of \(place)", cause: error)
    }
    for (name, path, status) in parts {
      let isDirectory: Bool?
      do throws(SSHError) {
        isDirectory = try client.value(of: status).isDirectory
      } catch let error where error.code == .notFound && LocalLayout.passingDirectories.contains(name) {
        missing.append(name)
        continue
      } catch {
        throw BackendError(
          code: error.code == .notFound ? .damagedLayout : .init(opening: error),
          message: "can't open the directory \(String(decoding: path, as: UTF8.self)) of \(place)", cause: error)
      }
      guard isDirectory != false else {
        throw BackendError(
          code: .damagedLayout, message: "\(String(decoding: path, as: UTF8.self)) of \(place) is not a directory")
      }
    }
    let backend = SFTPBackend(session, place, settings: settings)
    if !missing.isEmpty { try backend.make(missing, "can't make again what \(place) lacks") }
    if let file, let keys { backend.lookAhead(config: file, keys: keys, session.connection) }
    return backend
  }

  /// Makes the layout of a new repository, as `LocalBackend.create(at:)` does.
  ///
  /// Over SFTP nothing can be locked, so two creations at once are only kept apart by the name of the configuration.
  ///
  /// - Throws: `.unreachable`, `.notAuthorized`, `.notSupported`; `.repositoryExists` if there is a configuration,
  ///   `.notEmpty` if there is anything else, `.notFound` if the parent is missing, `.noSpace`, `.readOnly`,
  ///   `.permissionDenied` or `.io`.
  public static func create(
    _ place: SFTPPlace, settings: SFTPSettings = SFTPSettings()
  ) throws(BackendError) -> SFTPBackend {
    let backend = SFTPBackend(try connect(place, settings), place, settings: settings)
    let root = backend.layout.directory
    try backend.changing("can't make a repository at \(place)") { (connection) throws(SSHError) in
      let client = connection.client
      // What is there is looked at below, whether it was made here or not.
      let asked = (client.makeDirectory(root, mode: 0o700), client.attributes(of: root))
      let made = Result { () throws(SSHError) in try client.value(of: asked.0) }
      do throws(SSHError) {
        if try client.value(of: asked.1).isDirectory == false { try made.get() }
      } catch let error where error.code == .notFound {
        try made.get()
      }
      let isMade = (try? made.get()) != nil
      // Also where it was there: an attempt whose connection was lost may have made it.
      do throws(SSHError) {
        try backend.flushDirectory(SFTPLayout.parent(of: root), connection)
      } catch let error where !isMade && error.code == .permissionDenied {
        // Somebody gave this user a directory in one that is not his.
      }
    }
    try backend.refuseOccupied()
    try backend.make(LocalLayout.directories, "can't make a repository at \(place)")
    return backend
  }

  /// Makes directories of the layout, as far as they are not there, and flushes their names.
  private func make(_ directories: [FileName], _ failure: String) throws(BackendError) {
    try changing(failure) { (connection) throws(SSHError) in
      let client = connection.client
      let made = directories.map { client.makeDirectory(layout.path($0.displayText), mode: 0o700) }
      let there = directories.map { client.attributes(of: layout.path($0.displayText)) }
      for pending in made { client.forget(pending) }
      for pending in there { _ = try client.value(of: pending) }
      try flushDirectory(layout.directory, connection)
    }
  }
}

// MARK: Asking the server

extension SFTPBackend {
  /// Runs requests over a connection. If it is lost they are made again over another one, so they must be such that this is
  /// safe.
  ///
  /// - Throws: with this message, and the code that the failure has by itself.
  func asking<Result>(
    _ message: @autoclosure () -> String, object: ObjectName? = nil,
    _ body: (SFTPConnection) throws(SSHError) -> Result
  ) throws(BackendError) -> Result {
    do throws(SSHError) {
      return try withConnection(body)
    } catch {
      throw BackendError(code: .init(error), message: message(), object: object, cause: error)
    }
  }

  /// As `asking`, for requests that change something: the server must be able to flush, and where it only says that it
  /// failed, its file system tells why.
  func changing<Result>(
    _ message: @autoclosure () -> String, object: ObjectName? = nil,
    _ body: (SFTPConnection) throws(SSHError) -> Result
  ) throws(BackendError) -> Result {
    do throws(SSHError) {
      return try withConnection { (connection) throws(SSHError) in
        try requireExtensions(of: connection)
        return try body(connection)
      }
    } catch {
      throw BackendError(code: code(for: error), message: message(), object: object, cause: error)
    }
  }

  private func withConnection<Result>(
    _ body: (SFTPConnection) throws(SSHError) -> Result
  ) throws(SSHError) -> Result {
    try reconnecting { () throws(SSHError) in
      let connection = try pool.borrow()
      defer { pool.giveBack(connection) }
      return try body(connection)
    }
  }

  /// Runs `body`, again and again as long as connections are lost and the patience lasts. Where it has ended for one call it
  /// has for all: a command makes very many, and most of them would wait anew.
  func reconnecting<Result>(_ body: () throws(SSHError) -> Result) throws(SSHError) -> Result {
    var backoff: Backoff?
    while true {
      if let error = lost.withLock({ $0 }) { throw error }
      let start = ContinuousClock.now
      do throws(SSHError) {
        return try body()
      } catch let error where error.isConnectionLost {
        // The patience counts from the loss; what went on for so long had got through.
        if ContinuousClock.now - start > settings.patience { backoff = nil }
        var waiting = backoff ?? Backoff(settings)
        if waiting.hasTried, pool.noteLoss(start) { settings.connectionLost(host, error) }
        guard waiting.wait() else {
          lost.withLock { $0 = error }
          throw error
        }
        backoff = waiting
      }
    }
  }

  /// - Throws: `.unsupported` if what the server stores can't be made durable, or names not claimed safely.
  func requireExtensions(of connection: SFTPConnection) throws(SSHError) {
    for needed in [SFTPExtension.fsync, .hardlink] where !connection.client.extensions.contains(needed) {
      throw connection.client.lacks(needed)
    }
  }

  /// The code for what failed when something was to be written.
  func code(for error: SSHError) -> BackendError.Code {
    guard error.code == .failed || error.code == .permissionDenied else { return .init(error) }
    let found = try? asking("") { (connection) throws(SSHError) in
      do throws(SSHError) {
        return try connection.client.value(of: connection.client.fileSystem(of: layout.directory))
      } catch let error where error.code == .notFound {
        // It was to be made.
        let parent = SFTPLayout.parent(of: layout.directory)
        return try connection.client.value(of: connection.client.fileSystem(of: parent))
      }
    }
    guard let found else { return .init(error) }
    if found.isReadOnly { return .readOnly }
    // A server says neither that space has run out nor what would have been enough.
    let isFull = found.availableBytes < Self.scarce || (found.availableFiles.map { $0 < 8 } ?? false)
    return error.code == .failed && isFull ? .noSpace : .init(error)
  }

  private static let scarce: UInt64 = 1 << 20

  /// Flushes a directory, which OpenSSH opens as a file.
  func flushDirectory(_ path: [UInt8], _ connection: SFTPConnection) throws(SSHError) {
    let client = connection.client
    let handle = try client.value(of: client.open(path, .read))
    let flushed = client.flush(handle, path)
    client.forget(client.close(handle, path))
    try client.value(of: flushed)
  }

  /// The object's path, for messages.
  func path(of name: ObjectName) -> String {
    let directory = name.area == .config ? location : "\(location)/\(name.area.rawValue)"
    return "\(directory)/\(LocalLayout.path(of: name))"
  }
}

extension SFTPLayout {
  /// The directory that holds what has this path.
  static func parent(of path: [UInt8]) -> [UInt8] {
    let parent = path[..<(path.lastIndex(of: UInt8(ascii: "/")) ?? 0)]
    return parent.isEmpty ? [UInt8(ascii: "/")] : Array(parent)
  }
}
