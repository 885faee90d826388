import Backend
import Synchronization

/// The storage as one process sees it. Each call stands before the scheduler first, and may go wrong.
final class ScheduledBackend: Backend {
  /// What every error says that is the simulation's own doing.
  static let faultMessage = "simulated fault"

  let location: String

  private let storage: InMemoryBackend
  private let world: World
  private let actor: Int
  private let process: Int64
  private let isFaulty: Bool
  private let isBusy = Atomic<Bool>(false)

  init(_ world: World, actor: Int, process: Int64, isFaulty: Bool) {
    self.world = world
    self.actor = actor
    self.process = process
    self.isFaulty = isFaulty
    storage = world.storage
    location = storage.location
  }

  /// Performs a call when it is this actor's turn. `late` is what the call leaves to take effect later.
  func perform<Result>(
    _ call: String, _ name: ObjectName? = nil, late: (@Sendable () -> Void)? = nil,
    _ body: () throws(BackendError) -> Result
  ) throws(BackendError) -> Result {
    // Two at once would come in an order that no seed decides.
    precondition(!isBusy.exchange(true, ordering: .acquiringAndReleasing), "two calls of one process at once")
    defer { isBusy.store(false, ordering: .releasing) }
    guard world.isAlive(process) else { throw lost(call, name) }
    world.scheduler.pass(actor)
    let fault = isFaulty ? world.scheduler.draw { world.traits.fault(&$0) } : nil
    switch fault {
    case .failure:
      return try fail(call, name, "fails")
    case .lateEffect:
      guard let late else { return try fail(call, name, "fails") }
      world.scheduler.later(late)
      return try fail(call, name, "fails, and takes effect later")
    case .deathBefore:
      world.kill(process)
      return try fail(call, name, "dies before")
    case .lostReply:
      _ = try body()
      return try fail(call, name, "takes effect, and the reply is lost")
    case .deathAfter:
      _ = try body()
      world.kill(process)
      return try fail(call, name, "takes effect, and the process dies")
    case nil:
      do throws(BackendError) {
        let result = try body()
        note(call, name, "\(result)")
        return result
      } catch {
        note(call, name, error.code.description)
        throw error
      }
    }
  }

  private func fail<Result>(
    _ call: String, _ name: ObjectName?, _ outcome: String
  ) throws(BackendError) -> Result {
    note(call, name, outcome)
    throw lost(call, name)
  }

  private func lost(_ call: String, _ name: ObjectName?) -> BackendError {
    BackendError(code: .io, message: "\(Self.faultMessage) in \(call)", object: name)
  }

  private func note(_ call: String, _ name: ObjectName?, _ outcome: String) {
    world.trace.note(call, name, outcome, by: process, at: world.scheduler.milliseconds)
  }
}

extension ScheduledBackend {
  func size(of name: ObjectName) throws(BackendError) -> UInt64 {
    try perform("size", name) { () throws(BackendError) in try storage.size(of: name) }
  }

  func read(
    _ name: ObjectName, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
  ) throws(BackendError) {
    try perform("read", name) { () throws(BackendError) in try storage.read(name, at: offset, into: buffer) }
  }

  /// What is staged shows to nobody, so it is no step.
  func beginUpload(to area: ObjectArea) throws(BackendError) -> any Upload {
    ScheduledUpload(to: area, of: self, storage: storage)
  }

  func list(_ area: ObjectArea) throws(BackendError) -> Listing {
    var listing = Listing(objects: [])
    _ = try perform("list \(area.rawValue)") { () throws(BackendError) in
      listing = try storage.list(area)
      return listing.objects.count
    }
    return listing
  }

  func delete(_ names: [ObjectName]) throws(BackendError) {
    try perform("delete \(names.count)", names.first, late: { [storage] in try? storage.delete(names) }) {
      () throws(BackendError) in try storage.delete(names)
    }
  }

  func quarantine(_ name: ObjectName) throws(BackendError) -> String {
    try perform("quarantine", name) { () throws(BackendError) in try storage.quarantine(name) }
  }

  func listStagedUploads() throws(BackendError) -> StagingListing { try storage.listStagedUploads() }

  func removeStagedUpload(_ upload: StagedUpload) throws(BackendError) { try storage.removeStagedUpload(upload) }

  func freeSpace() throws(BackendError) -> UInt64? { try storage.freeSpace() }

  func setReserve(_ size: UInt64) throws(BackendError) { try storage.setReserve(size) }
}

/// An upload whose end is a step.
private final class ScheduledUpload: Upload {
  private let area: ObjectArea
  private let backend: ScheduledBackend
  private let storage: InMemoryBackend
  private var bytes: [UInt8] = []

  init(to area: ObjectArea, of backend: ScheduledBackend, storage: InMemoryBackend) {
    self.area = area
    self.backend = backend
    self.storage = storage
  }

  var length: UInt64 { UInt64(bytes.count) }

  func append(_ bytes: UnsafeRawBufferPointer) throws(BackendError) { self.bytes += bytes }

  func commit(as name: ObjectName) throws(BackendError) -> CommitOutcome {
    let late: @Sendable () -> Void = { [storage, bytes] in _ = try? storage.put(name, bytes) }
    return try backend.perform("commit", name, late: late) { () throws(BackendError) in try storage.put(name, bytes) }
  }

  func commit(replacing name: ObjectName) throws(BackendError) -> String {
    try backend.perform("replace", name) { () throws(BackendError) in
      let upload = try storage.beginUpload(to: area)
      try upload.append(bytes)
      return try upload.commit(replacing: name)
    }
  }
}
