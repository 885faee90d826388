public import Backend
import Synchronization
import TestSupport

/// A backend that fails on purpose: at chosen calls, or at random from a seed. Between faults it is what it wraps.
public final class FaultyBackend: Backend {
  /// The calls that faults can be put into; `append` and `commit` are those of any upload.
  public enum Operation: CaseIterable, Hashable, Sendable {
    case size, read, beginUpload, append, commit, replace, list, delete, quarantine, listStagedUploads
    case removeStagedUpload, freeSpace, setReserve
  }

  /// What happens at a call.
  public enum Fault: Sendable {
    /// The call throws and does nothing.
    case fail(BackendError.Code)
    /// The call takes effect, and throws.
    case loseReply(BackendError.Code)
    /// A read fills only half of the buffer and throws `.truncated`; other calls fail with `.io`.
    case truncate
    /// A read succeeds, with one bit of its first byte wrong; other calls are performed.
    case flipBit
    /// The body runs before the call is performed; it may block.
    case pause(@Sendable () -> Void)
  }

  /// The wrapped backend's location.
  public var location: String { wrapped.location }

  private struct State {
    var generator: SeededGenerator
    var failureRate = 0.0
    var calls: [Operation: Int] = [:]
    var planned: [Operation: [Int: Fault]] = [:]
    var plannedReads: [ObjectName: Fault] = [:]
    var changes: [ObjectArea: @Sendable () -> Void] = [:]
    var unlisted: Set<ObjectName> = []
    var unfound: Set<ObjectName> = []
  }

  private let wrapped: any Backend
  private let state: Mutex<State>

  /// A backend that behaves as `wrapped` until faults are planned.
  public init(_ wrapped: any Backend, seed: UInt64 = 0) {
    self.wrapped = wrapped
    state = Mutex(State(generator: SeededGenerator(seed: seed)))
  }

  /// Plans a fault for the `call`th call of an operation from now on; the next one is 1.
  public func inject(_ fault: Fault, into operation: Operation, call: Int = 1) {
    precondition(call >= 1)
    state.withLock { $0.planned[operation, default: [:]][$0.calls[operation, default: 0] + call] = fault }
  }

  /// Plans a fault for the next read of an object.
  public func inject(_ fault: Fault, intoReadOf name: ObjectName) {
    state.withLock { $0.plannedReads[name] = fault }
  }

  /// Has `body` run, once, after an area was listed next and before the listing is given out: what it changes, the listing
  /// doesn't show.
  public func afterListing(_ area: ObjectArea, _ body: @escaping @Sendable () -> Void) {
    state.withLock { $0.changes[area] = body }
  }

  /// From now on listings leave these objects out, and reads and look-ups don't find those: as a storage would that lies.
  public func withhold(fromListings unlisted: Set<ObjectName> = [], fromReads unfound: Set<ObjectName> = []) {
    state.withLock { state in
      state.unlisted = unlisted
      state.unfound = unfound
    }
  }

  private func refuseUnfound(_ name: ObjectName) throws(BackendError) {
    guard state.withLock({ $0.unfound.contains(name) }) else { return }
    throw BackendError(code: .notFound, message: "\(name) is withheld", object: name)
  }

  /// From now on each call fails with this probability with `.io`, half of them after taking effect.
  public func failRandomly(rate: Double) {
    state.withLock { $0.failureRate = rate }
  }

  /// How many calls of an operation were made.
  public func calls(of operation: Operation) -> Int {
    state.withLock { $0.calls[operation, default: 0] }
  }

  private func nextFault(_ operation: Operation, _ name: ObjectName? = nil) -> Fault? {
    state.withLock { state in
      if operation == .read, let name, let planned = state.plannedReads.removeValue(forKey: name) { return planned }
      let call = state.calls[operation, default: 0] + 1
      state.calls[operation] = call
      if let planned = state.planned[operation]?.removeValue(forKey: call) { return planned }
      guard Double.random(in: 0..<1, using: &state.generator) < state.failureRate else { return nil }
      return Bool.random(using: &state.generator) ? .fail(.io) : .loseReply(.io)
    }
  }

  /// Performs a call with the fault that is due.
  func perform<Result>(
    _ operation: Operation, _ object: ObjectName? = nil, _ body: () throws(BackendError) -> Result
  ) throws(BackendError) -> Result {
    switch nextFault(operation) {
    case nil, .flipBit: return try body()
    case .fail(let code): throw injected(code, operation, object)
    case .truncate: throw injected(.io, operation, object)
    case .loseReply(let code):
      _ = try body()
      throw injected(code, operation, object)
    case .pause(let pause):
      pause()
      return try body()
    }
  }

  private func injected(_ code: BackendError.Code, _ operation: Operation, _ object: ObjectName?) -> BackendError {
    let subject = object.map { " of \($0)" } ?? ""
    return BackendError(code: code, message: "injected fault in \(operation)\(subject)", object: object)
  }
}

extension FaultyBackend {
  /// As the wrapped backend, but for faults.
  public func read(
    _ name: ObjectName, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
  ) throws(BackendError) {
    try refuseUnfound(name)
    switch nextFault(.read, name) {
    case nil: try wrapped.read(name, at: offset, into: buffer)
    case .fail(let code): throw injected(code, .read, name)
    case .loseReply(let code):
      try wrapped.read(name, at: offset, into: buffer)
      throw injected(code, .read, name)
    case .truncate:
      try wrapped.read(name, at: offset, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<(buffer.count / 2)]))
      throw injected(.truncated, .read, name)
    case .flipBit:
      try wrapped.read(name, at: offset, into: buffer)
      if !buffer.isEmpty { buffer[0] ^= 1 }
    case .pause(let pause):
      pause()
      try wrapped.read(name, at: offset, into: buffer)
    }
  }

  /// As the wrapped backend, but for faults.
  public func size(of name: ObjectName) throws(BackendError) -> UInt64 {
    try refuseUnfound(name)
    return try perform(.size, name) { () throws(BackendError) in try wrapped.size(of: name) }
  }

  /// As the wrapped backend, but for faults, which the upload is subject to as well.
  public func beginUpload(to area: ObjectArea) throws(BackendError) -> any Upload {
    let upload = try perform(.beginUpload) { () throws(BackendError) in try wrapped.beginUpload(to: area) }
    return FaultyUpload(upload, of: self)
  }

  /// As the wrapped backend, but for faults.
  public func list(_ area: ObjectArea) throws(BackendError) -> Listing {
    let listing = try perform(.list) { () throws(BackendError) in try wrapped.list(area) }
    state.withLock { $0.changes.removeValue(forKey: area) }?()
    let unlisted = state.withLock { $0.unlisted }
    return Listing(objects: listing.objects.filter { !unlisted.contains($0.name) }, foreign: listing.foreign)
  }

  /// As the wrapped backend, but for faults.
  public func delete(_ names: [ObjectName]) throws(BackendError) {
    try perform(.delete, names.first) { () throws(BackendError) in try wrapped.delete(names) }
  }

  /// As the wrapped backend, but for faults.
  public func quarantine(_ name: ObjectName) throws(BackendError) -> String {
    try perform(.quarantine, name) { () throws(BackendError) in try wrapped.quarantine(name) }
  }

  /// As the wrapped backend, but for faults.
  public func listStagedUploads() throws(BackendError) -> StagingListing {
    try perform(.listStagedUploads) { () throws(BackendError) in try wrapped.listStagedUploads() }
  }

  /// As the wrapped backend, but for faults.
  public func removeStagedUpload(_ upload: StagedUpload) throws(BackendError) {
    try perform(.removeStagedUpload) { () throws(BackendError) in try wrapped.removeStagedUpload(upload) }
  }

  /// As the wrapped backend, but for faults.
  public func freeSpace() throws(BackendError) -> UInt64? {
    try perform(.freeSpace) { () throws(BackendError) in try wrapped.freeSpace() }
  }

  /// As the wrapped backend, but for faults.
  public func setReserve(_ size: UInt64) throws(BackendError) {
    try perform(.setReserve) { () throws(BackendError) in try wrapped.setReserve(size) }
  }
}
