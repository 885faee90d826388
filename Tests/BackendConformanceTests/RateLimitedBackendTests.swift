import Backend
import BackendTestSupport
import TestSupport
import Testing

@Suite("A rate-limited backend")
struct RateLimitedBackendTests {
  let clock = VirtualClock()
  let memory = InMemoryBackend()
  let name: ObjectName

  init() throws { name = try ObjectName(.packs, "aa") }

  /// Limits in KiB a second.
  private func limited(_ wrapped: any Backend, upload: UInt64? = nil, download: UInt64? = nil) -> RateLimitedBackend {
    func rate(_ limit: UInt64?) -> TransferRate? { limit.flatMap { TransferRate(bytesPerSecond: $0 << 10) } }
    return RateLimitedBackend(
      wrapped, upload: rate(upload), download: rate(download), clock: clock.rateClock)
  }

  @Test("counts what is appended against the one limit, and what is read against the other")
  func countsDirectionsApart() throws {
    let backend = limited(memory, upload: 100, download: 10)
    var generator = SeededGenerator(seed: 21)
    let bytes = generator.bytes(1025 << 10)
    try backend.put(name, bytes)
    #expect(clock.elapsed == .seconds(10))
    #expect(memory.contents == [name: bytes])
    #expect(try backend.bytes(of: name, at: 1024, count: 1024 << 10) == Array(bytes[1024...]))
    // The first block is free.
    #expect(clock.elapsed == .seconds(10) + .seconds(102))
  }

  @Test("limits only what it was told to", arguments: [(nil, 1), (1, nil)] as [(UInt64?, UInt64?)])
  func limitsOneDirection(upload: UInt64?, download: UInt64?) throws {
    let backend = limited(memory, upload: upload, download: download)
    let bytes = [UInt8](repeating: 1, count: 100_000)
    try backend.put(name, bytes)
    #expect((clock.elapsed == .zero) == (upload == nil))
    let uploaded = clock.elapsed
    _ = try backend.getWhole(name, limit: bytes.count)
    #expect((clock.elapsed == uploaded) == (download == nil))
  }

  @Test("has all uploads and reads of all threads share the limits")
  func sharesLimits() throws {
    let backend = limited(memory, upload: 100, download: 100)
    let names = try (0..<8).map { number throws in try ObjectName(.packs, "0\(number)") }
    let bytes = [UInt8](repeating: 1, count: 100 << 10)
    let outcomes = onThreads(8) { thread in
      Result { () throws(BackendError) in try backend.put(names[thread], bytes) }
    }
    for outcome in outcomes { #expect(try outcome.get() == .created) }
    #expect(clock.elapsed == .milliseconds(7750))
    let read = onThreads(8) { thread in
      Result { () throws(BackendError) in try backend.getWhole(names[thread], limit: 1 << 20) }
    }
    for outcome in read { #expect(try outcome.get() == bytes) }
    #expect(clock.elapsed == .milliseconds(15_500))
  }

  @Test("has nothing wait but bytes")
  func letsOtherCallsThrough() throws {
    let backend = limited(memory, upload: 1, download: 1)
    // Both buckets are empty, and in debt to whoever comes next.
    try backend.put(name, [UInt8](repeating: 1, count: 10_000))
    _ = try backend.getWhole(name, limit: 10_000)
    let before = clock.elapsed
    #expect(try backend.size(of: name) == 10_000)
    #expect(try backend.list(.packs).objects.count == 1)
    #expect(try backend.quarantine(name) == "quarantine/1")
    try backend.setReserve(1 << 30)
    _ = try backend.freeSpace()
    #expect(try backend.listStagedUploads() == StagingListing(uploads: []))
    try backend.delete([name])
    #expect(try backend.beginUpload(to: .packs).commit(as: name) == .created)
    #expect(clock.elapsed == before)
  }

  @Test("passes errors on as they are, from whichever piece")
  func passesErrorsOn() throws {
    let faulty = FaultyBackend(memory)
    let backend = limited(faulty, upload: 100, download: 100)
    let bytes = [UInt8](repeating: 1, count: 100 << 10)

    faulty.inject(.fail(.noSpace), into: .append, call: 3)
    let upload = try backend.beginUpload(to: .packs)
    for _ in 0..<2 { expect(.noSpace) { () throws(BackendError) in try upload.append(bytes) } }
    expect(.noSpace) { () throws(BackendError) in _ = try upload.commit(as: name) }
    #expect(memory.contents == [:])

    faulty.inject(.loseReply(.io), into: .commit)
    expect(.io) { () throws(BackendError) in try backend.put(name, bytes) }
    #expect(try backend.put(name, bytes) == .alreadyExists)

    faulty.inject(.fail(.permissionDenied), into: .read, call: 4)
    expect(.permissionDenied) { () throws(BackendError) in _ = try backend.getWhole(name, limit: .max) }
    for (offset, count) in [(0, bytes.count + 1), (50 << 10, bytes.count)] {
      expect(.truncated, naming: name) { () throws(BackendError) in
        _ = try backend.bytes(of: name, at: UInt64(offset), count: count)
      }
    }
  }

  @Test("is called what it wraps is called")
  func hasTheSameLocation() {
    #expect(limited(memory, upload: 1).location == memory.location)
  }
}
