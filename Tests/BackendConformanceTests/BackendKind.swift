import Backend
import BackendTestSupport
import TestSupport

/// The backends of this module, each with a way to make a fresh one.
enum BackendKind: String, CaseIterable {
  case local, inMemory, rateLimited, guarded, sftp, blockDevice

  func makeFixture() throws -> any BackendFixture {
    switch self {
    case .local: try LocalFixture()
    case .inMemory: InMemoryFixture()
    case .rateLimited: try RateLimitedFixture()
    case .guarded: try GuardedFixture()
    case .sftp: try SFTPFixture()
    case .blockDevice: try BlockDeviceFixture()
    }
  }
}

/// A repository in a directory of its own.
final class LocalFixture: BackendFixture {
  let directory = TemporaryDirectory()
  let local: LocalBackend

  var path: String { directory.path }
  var backend: any Backend { local }

  init() throws {
    local = try LocalBackend.create(at: directory.path)
  }

  func reopen() throws -> any Backend {
    try LocalBackend.open(at: directory.path)
  }
}

/// A repository in memory; what a reopened one holds is a copy.
final class InMemoryFixture: BackendFixture {
  let memory = InMemoryBackend()

  var backend: any Backend { memory }

  func reopen() throws -> any Backend {
    InMemoryBackend(contents: memory.contents)
  }
}

/// A repository in a directory that is guarded, and stays where it is.
final class GuardedFixture: BackendFixture {
  let local: LocalFixture
  let backend: any Backend

  init() throws {
    local = try LocalFixture()
    backend = try Self.guarded(local.local, local.path)
  }

  func reopen() throws -> any Backend { try Self.guarded(LocalBackend.open(at: local.path), local.path) }

  private static func guarded(_ wrapped: LocalBackend, _ path: String) throws -> any Backend {
    let guarding = try VolumeGuard(of: wrapped, at: path, on: wrapped.volume())
    return GuardedBackend(wrapped, check: guarding.check)
  }
}

/// A repository in a directory behind limits that cut most of what is moved into pieces; nobody waits for them.
final class RateLimitedFixture: BackendFixture {
  let local: LocalFixture
  let clock = VirtualClock()

  let backend: any Backend

  init() throws {
    local = try LocalFixture()
    backend = Self.limited(local.backend, clock)
  }

  func reopen() throws -> any Backend {
    Self.limited(try local.reopen(), clock)
  }

  private static func limited(_ wrapped: any Backend, _ clock: VirtualClock) -> any Backend {
    RateLimitedBackend(
      wrapped, upload: TransferRate(bytesPerSecond: 100_000), download: TransferRate(bytesPerSecond: 30_000),
      clock: clock.rateClock)
  }
}
