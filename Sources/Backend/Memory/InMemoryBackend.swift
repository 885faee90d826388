import Synchronization

/// A repository in memory, which keeps the whole contract but for outliving the process. For tests: its contents can be
/// copied, which is what a crash leaves, and damaged.
public final class InMemoryBackend: Backend {
  /// Says that this is memory.
  public let location = "memory"

  private struct State {
    var objects: [ObjectName: [UInt8]]
    var quarantine: [(name: ObjectName, bytes: [UInt8])] = []
    var stagedSize: UInt64 = 0
    var reserve: UInt64 = 0

    var usedSpace: UInt64 {
      let kept = quarantine.reduce(stagedSize + reserve) { $0 + UInt64($1.bytes.count) }
      return objects.values.reduce(kept) { $0 + UInt64($1.count) }
    }
  }

  private let state: Mutex<State>
  private let capacity: UInt64?

  /// A backend that holds `contents`.
  ///
  /// - Parameter capacity: How many bytes of objects, staged uploads and reserve fit in; nil for no limit.
  public init(contents: [ObjectName: [UInt8]] = [:], capacity: UInt64? = nil) {
    state = Mutex(State(objects: contents))
    self.capacity = capacity
  }

  /// All objects at this moment.
  public var contents: [ObjectName: [UInt8]] {
    state.withLock { $0.objects }
  }

  /// What was put into quarantine, in order.
  public var quarantined: [(name: ObjectName, bytes: [UInt8])] {
    state.withLock { $0.quarantine }
  }

  /// Changes, adds or removes (nil) an object behind the contract's back, as failing or hostile storage would.
  public func damage(_ name: ObjectName, _ change: (inout [UInt8]?) -> Void) {
    state.withLock { change(&$0.objects[name]) }
  }
}

extension InMemoryBackend {
  /// The number of bytes held.
  public func size(of name: ObjectName) throws(BackendError) -> UInt64 {
    UInt64(try bytes(of: name).count)
  }

  /// Copies from the object's bytes.
  public func read(
    _ name: ObjectName, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
  ) throws(BackendError) {
    let bytes = try bytes(of: name)
    guard let start = Int(exactly: offset), start <= bytes.count, buffer.count <= bytes.count - start else {
      throw BackendError(
        code: .truncated,
        message: "\(name) in \(location) has \(bytes.count) bytes, too few for \(buffer.count) bytes at \(offset)",
        object: name)
    }
    buffer.copyBytes(from: bytes[start..<start + buffer.count])
  }

  /// The objects of an area; nothing can be foreign here.
  public func list(_ area: ObjectArea) throws(BackendError) -> Listing {
    let objects = contents.filter { $0.key.area == area }
    return Listing(objects: objects.map { ListedObject(name: $0.key, size: UInt64($0.value.count)) })
  }

  /// Forgets the objects.
  public func delete(_ names: [ObjectName]) throws(BackendError) {
    state.withLock { state in
      for name in names { state.objects[name] = nil }
    }
  }

  /// Keeps the bytes apart.
  public func quarantine(_ name: ObjectName) throws(BackendError) -> String {
    try state.withLock { (state) throws(BackendError) in
      guard let bytes = state.objects.removeValue(forKey: name) else { throw missing(name) }
      state.quarantine.append((name, bytes))
      return "quarantine/\(state.quarantine.count)"
    }
  }

  /// Nothing: what is staged belongs to uploads that this process is still running.
  public func listStagedUploads() throws(BackendError) -> StagingListing {
    StagingListing(uploads: [])
  }

  /// Does nothing, since nothing is ever listed.
  public func removeStagedUpload(_ upload: StagedUpload) throws(BackendError) {}

  /// What is left of the capacity; nil without one.
  public func freeSpace() throws(BackendError) -> UInt64? {
    guard let capacity else { return nil }
    return state.withLock { capacity - min(capacity, $0.usedSpace) }
  }

  /// Counts the reserve against the capacity.
  public func setReserve(_ size: UInt64) throws(BackendError) {
    try state.withLock { (state) throws(BackendError) in
      state.reserve = 0
      try checkRoom(for: size, in: state)
      state.reserve = size
    }
  }

  private func bytes(of name: ObjectName) throws(BackendError) -> [UInt8] {
    guard let bytes = state.withLock({ $0.objects[name] }) else { throw missing(name) }
    return bytes
  }

  private func missing(_ name: ObjectName) -> BackendError {
    BackendError(code: .notFound, message: "there is no \(name) in \(location)", object: name)
  }

  private func checkRoom(for count: UInt64, in state: borrowing State) throws(BackendError) {
    guard let capacity else { return }
    if count > capacity - min(capacity, state.usedSpace) {
      throw BackendError(code: .noSpace, message: "there is no room for \(count) more bytes in \(location)")
    }
  }
}

extension InMemoryBackend {
  /// Starts an upload whose bytes count against the capacity until it ends.
  public func beginUpload(to area: ObjectArea) throws(BackendError) -> any Upload {
    InMemoryUpload(in: self, area: area)
  }

  /// Takes room for bytes that an upload stages.
  func stage(_ count: Int) throws(BackendError) {
    try state.withLock { (state) throws(BackendError) in
      try checkRoom(for: UInt64(count), in: state)
      state.stagedSize += UInt64(count)
    }
  }

  /// Gives back the room of an upload that has ended.
  func unstage(_ count: Int) {
    state.withLock { $0.stagedSize -= UInt64(count) }
  }

  /// Turns staged bytes into an object, if the name is free.
  func publish(_ bytes: [UInt8], as name: ObjectName) -> CommitOutcome {
    state.withLock { state in
      state.stagedSize -= UInt64(bytes.count)
      guard state.objects[name] == nil else { return .alreadyExists }
      state.objects[name] = bytes
      return .created
    }
  }

  /// Puts staged bytes in an object's place and keeps those that were there.
  func replace(_ name: ObjectName, with bytes: [UInt8]) throws(BackendError) -> String {
    try state.withLock { (state) throws(BackendError) in
      state.stagedSize -= UInt64(bytes.count)
      guard let damaged = state.objects[name] else { throw missing(name) }
      state.objects[name] = bytes
      state.quarantine.append((name, damaged))
      return "quarantine/\(state.quarantine.count)"
    }
  }
}
