import Cryptography
import FileSystem
import SSH
import Synchronization

/// An upload staged in a file of `tmp/` on the server.
///
/// Bytes are sent without waiting for what was sent before, and kept until the server has acknowledged them. When the
/// connection is lost, the staged file is opened over another one and the rest is sent again. Since the server may have
/// lost what it had acknowledged, if it was the server that failed, the file is read back then and compared by hash
/// before it gets its name.
final class SFTPUpload: Upload {
  private struct Piece {
    let offset: UInt64
    let bytes: [UInt8]
  }

  /// The staged file as it is open over one connection.
  private struct Binding {
    let connection: SFTPConnection
    var opening: SFTPClient.Pending<SFTPHandle>?
    var handle: SFTPHandle?
    /// Pieces, counted from the first that is kept, that were sent over the connection.
    var sent: [SFTPClient.Pending<Void>] = []
  }

  // As much is on its way at once: what a link of 400 MB/s and 10 ms holds.
  private static let window: UInt64 = 4 << 20

  private(set) var length: UInt64 = 0

  private let backend: SFTPBackend
  private let area: ObjectArea
  private var identifier = LocalLayout.newStagingName().displayText
  /// Nil while there is no connection that the staged file is open over.
  private var binding: Binding?
  /// What the server has not acknowledged.
  private var pieces: [Piece] = []
  private var hasher = SHA256Hasher()
  /// The hash of all that was appended, once it was asked for.
  private var digest: Digest256?
  /// Whether the server has said that it has made the staged file.
  private var isMade = false
  /// Whether the connection was lost meanwhile.
  private var isResumed = false
  /// Whether the staged file was looked for and is gone.
  private var isMissing = false
  private var isCommitted = false
  private var failure: BackendError?

  init(in backend: SFTPBackend, area: ObjectArea) throws(BackendError) {
    self.backend = backend
    self.area = area
    do throws(SSHError) {
      try backend.reconnecting { () throws(SSHError) in try bind() }
    } catch {
      throw BackendError(
        code: backend.code(for: error), message: "can't stage an object in \(backend.location)/\(LocalLayout.staging)",
        cause: error)
    }
  }

  deinit {
    if !isCommitted, failure == nil { removeStagedFile() }
    unbind()
  }

  func append(_ bytes: UnsafeRawBufferPointer) throws(BackendError) {
    if let failure { throw failure }
    precondition(!isCommitted, "the upload was committed")
    hasher.update(bytes)
    var rest = bytes[...]
    do throws(SSHError) {
      while !rest.isEmpty {
        let piece = Piece(offset: length, bytes: Array(rest.prefix(backend.limits.write)))
        pieces.append(piece)
        length += UInt64(piece.bytes.count)
        rest = rest.dropFirst(piece.bytes.count)
        // What is at hand goes out together.
        if rest.isEmpty || pieces.count >= Self.window / UInt64(backend.limits.write) {
          try reconnecting { (connection, _) throws(SSHError) in try transfer(connection, leaving: Self.window) }
        }
      }
    } catch {
      throw fail(error, "can't write \(stagingPath)")
    }
  }

  func commit(as name: ObjectName) throws(BackendError) -> CommitOutcome {
    try commit(name, "can't publish \(backend.path(of: name))") { (isNaming: inout Bool) throws(SSHError) in
      // The connection was lost when the name was about to be given: it may have been.
      let mayBeNamed = isNaming
      if mayBeNamed, try backend.findsDurable(name) { return .alreadyExists }
      do throws(SSHError) {
        return try withConnection { (connection, handle) throws(SSHError) in
          let publication = backend.beginPublishing(name, connection)
          try flush(connection, handle)
          isNaming = true
          let outcome = try backend.finish(publication, of: name, staged: path, connection)
          if outcome == nil { isMissing = true }
          guard let outcome else { throw connection.client.isGone(path) }
          return outcome
        }
      } catch {
        // What the lost connection had asked for may have been done only now.
        if isMissing, mayBeNamed, try backend.findsDurable(name) { return .alreadyExists }
        throw error
      }
    }
  }

  func commit(replacing name: ObjectName) throws(BackendError) -> String {
    if let failure { throw failure }
    do throws(BackendError) {
      _ = try backend.size(of: name)
      guard area == .packs else {
        throw BackendError(
          code: .notSupported,
          message:
            "can't replace \(backend.path(of: name)): over SFTP names can't be exchanged; run the command on the server itself",
          object: name)
      }
    } catch {
      throw fail(error)
    }
    var kept: String?
    defer { backend.forgetOpenPacks() }
    return try commit(name, "can't replace \(backend.path(of: name)) by its repaired form") {
      (isNaming: inout Bool) throws(SSHError) in
      if isNaming, let kept, try backend.hasReplaced(name, staged: path) { return kept }
      return try withConnection { (connection, handle) throws(SSHError) in
        try flush(connection, handle)
        let place: String
        if let kept { place = kept } else { place = try backend.linkIntoQuarantine(name, connection) }
        kept = place
        isNaming = true
        try backend.replace(name, with: path, connection)
        return place
      }
    }
  }

  /// Runs `body` until it gets through; it is told whether it came to giving the name before.
  private func commit<Result>(
    _ name: ObjectName, _ message: String, _ body: (inout Bool) throws(SSHError) -> Result
  ) throws(BackendError) -> Result {
    precondition(name.area == area, "begun for another area")
    if let failure { throw failure }
    precondition(!isCommitted, "the upload was committed")
    do throws(SSHError) {
      var isNaming = false
      let result = try backend.reconnecting { () throws(SSHError) in try body(&isNaming) }
      isCommitted = true
      return result
    } catch {
      throw fail(error, message, object: name)
    }
  }
}

// MARK: Sending

extension SFTPUpload {
  /// Sends what was not sent yet, and waits until no more than `limit` bytes are unacknowledged.
  private func transfer(_ connection: SFTPConnection, leaving limit: UInt64) throws(SSHError) {
    guard let handle = binding?.handle else { return }
    while let sent = binding?.sent.count, sent < pieces.count {
      let piece = pieces[sent]
      let pending = piece.bytes.withUnsafeBytes { connection.client.write(handle, path, at: piece.offset, $0) }
      binding?.sent.append(pending)
      try connection.client.sendGathered()
    }
    var acknowledged = 0
    defer {
      pieces.removeFirst(acknowledged)
      binding?.sent.removeFirst(acknowledged)
    }
    while acknowledged < pieces.count, length - pieces[acknowledged].offset > limit,
      let pending = binding?.sent[acknowledged]
    {
      try connection.client.value(of: pending)
      acknowledged += 1
    }
    if limit > 0 { try connection.client.send() }
  }

  /// Makes sure that the staged file is on stable storage and holds what was appended.
  private func flush(_ connection: SFTPConnection, _ handle: SFTPHandle) throws(SSHError) {
    let client = connection.client
    try transfer(connection, leaving: .max)
    // The server works in order, so this flush comes after all that was written.
    let flushed = client.flush(handle, path)
    let status = client.attributes(of: handle, path)
    do throws(SSHError) {
      try transfer(connection, leaving: 0)
    } catch {
      client.forget(flushed)
      client.forget(status)
      throw error
    }
    do throws(SSHError) {
      try client.value(of: flushed)
    } catch {
      client.forget(status)
      throw error
    }
    guard try client.value(of: status).size == length else { throw client.hasLost(path) }
    if isResumed {
      try verify(connection, handle)
      try client.value(of: client.setMode(0o400, of: handle, path))
      try client.value(of: client.flush(handle, path))
    }
  }

  /// The hash of what was appended. Asked for once more if the connection is lost after it was.
  private func appendedDigest() -> Digest256 {
    if let digest { return digest }
    var appended = SHA256Hasher()
    swap(&appended, &hasher)
    let digest = appended.finalize()
    self.digest = digest
    return digest
  }

  /// Compares what the server has, which is as long as what was appended, with that.
  private func verify(_ connection: SFTPConnection, _ handle: SFTPHandle) throws(SSHError) {
    var stored = SHA256Hasher()
    var block = [UInt8](repeating: 0, count: 1 << 20)
    var offset: UInt64 = 0
    while offset < length {
      let count = try block.withUnsafeMutableBufferPointer { (block) throws(SSHError) in
        let wanted = UnsafeMutableRawBufferPointer(block)[..<Int(min(UInt64(block.count), length - offset))]
        let count = try connection.client.read(
          handle, path, at: offset, into: UnsafeMutableRawBufferPointer(rebasing: wanted), limits: connection.limits)
        stored.update(UnsafeRawBufferPointer(rebasing: wanted[..<count]))
        return count
      }
      guard count > 0 else { throw connection.client.hasLost(path) }
      offset += UInt64(count)
    }
    guard stored.finalize() == appendedDigest() else { throw connection.client.hasLost(path) }
  }
}

// MARK: The connection

extension SFTPUpload {
  private var path: [UInt8] { backend.layout.staged(identifier) }
  private var stagingPath: String { "\(backend.location)/\(LocalLayout.staging)/\(identifier)" }

  /// Runs `body` with a connection that the staged file is open over; if it is lost, with another one.
  private func reconnecting<Result>(
    _ body: (SFTPConnection, SFTPHandle) throws(SSHError) -> Result
  ) throws(SSHError) -> Result {
    try backend.reconnecting { () throws(SSHError) in try withConnection(body) }
  }

  private func withConnection<Result>(
    _ body: (SFTPConnection, SFTPHandle) throws(SSHError) -> Result
  ) throws(SSHError) -> Result {
    do throws(SSHError) {
      if binding == nil { try bind() }
      guard let connection = binding?.connection else { preconditionFailure("bound just now") }
      try backend.pool.borrow(connection)
      defer { backend.pool.giveBack(connection) }
      return try body(connection, try handle(connection))
    } catch let error where error.isConnectionLost {
      unbind()
      isResumed = isMade
      throw error
    }
  }

  /// The open staged file.
  private func handle(_ connection: SFTPConnection) throws(SSHError) -> SFTPHandle {
    if let handle = binding?.handle { return handle }
    guard let opening = binding?.opening.take() else { preconditionFailure("asked for when it was bound") }
    let handle = try connection.client.value(of: opening)
    isMade = true
    binding?.handle = handle
    return handle
  }

  /// Opens the staged file over some connection.
  private func bind() throws(SSHError) {
    let connection = try backend.pool.borrow()
    defer { backend.pool.giveBack(connection) }
    try backend.requireExtensions(of: connection)
    let client = connection.client
    var binding = Binding(connection: connection)
    if isMade {
      binding.handle = try reopen(client)
    } else {
      // The name of an attempt of which nothing is known may be taken.
      identifier = LocalLayout.newStagingName().displayText
      binding.opening = client.open(path, [.write, .createNew], mode: 0o400)
    }
    connection.uploads.add(1, ordering: .relaxed)
    self.binding = binding
  }

  private func reopen(_ client: SFTPClient) throws(SSHError) -> SFTPHandle {
    let allowed = client.setMode(0o600, of: path)
    do throws(SSHError) {
      let handle = try client.value(of: client.open(path, [.read, .write]))
      client.forget(allowed)
      let size = try client.value(of: client.attributes(of: handle, path)).size
      guard let size, size >= pieces.first?.offset ?? length else { throw client.hasLost(path) }
      return handle
    } catch {
      client.forget(allowed)
      if error.code == .notFound { isMissing = true }
      throw error
    }
  }

  private func unbind() {
    guard let binding = binding.take() else { return }
    binding.connection.uploads.subtract(1, ordering: .relaxed)
    guard (try? backend.pool.borrow(binding.connection)) != nil else { return }
    defer { backend.pool.giveBack(binding.connection) }
    let client = binding.connection.client
    for pending in binding.sent { client.forget(pending) }
    if let opening = binding.opening { client.forget(opening) }
    if let handle = binding.handle { client.forget(client.close(handle, path)) }
  }

  // MARK: Failure

  /// Drops the staged file for good.
  private func fail(_ cause: SSHError, _ message: String, object: ObjectName? = nil) -> BackendError {
    guard !isMissing else {
      return fail(
        BackendError(
          code: .uploadRemoved, message: "somebody took \(stagingPath) for an upload that was cut off and removed it",
          object: object, cause: cause))
    }
    return fail(BackendError(code: backend.code(for: cause), message: message, object: object, cause: cause))
  }

  private func fail(_ error: BackendError) -> BackendError {
    failure = error
    removeStagedFile()
    unbind()
    return error
  }

  private func removeStagedFile() {
    // Only where there is a connection: what can't be removed now is found by `listStagedUploads` later.
    // Where the server has refused to make it there is nothing.
    guard let connection = binding?.connection, isMade || binding?.opening != nil,
      (try? backend.pool.borrow(connection)) != nil
    else { return }
    defer { backend.pool.giveBack(connection) }
    // Made by now, if it is to be.
    _ = try? handle(connection)
    try? connection.client.removeIfPresent(path)
  }
}

extension SFTPClient {
  /// The error for a staged file that is not there any more.
  fileprivate func isGone(_ path: [UInt8]) -> SSHError { failed("\(String(decoding: path, as: UTF8.self)) is gone") }

  /// The error for a staged file that is not what was sent.
  fileprivate func hasLost(_ path: [UInt8]) -> SSHError {
    failed("the server has lost what it had acknowledged of \(String(decoding: path, as: UTF8.self))")
  }
}
