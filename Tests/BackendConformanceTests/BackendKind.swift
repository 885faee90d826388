import Backend
import BackendTestSupport
import TestSupport

/// The backends of this module, each with a way to make a fresh one.
enum BackendKind: String, CaseIterable {
  case local, inMemory

  func makeFixture() throws -> any BackendFixture {
    switch self {
    case .local: try LocalFixture()
    case .inMemory: InMemoryFixture()
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
