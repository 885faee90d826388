import Backend
import Cryptography
import FoundationEssentials
import Repository
import Testing

/// A fixture's repository, copied so that a test may open it: the library writes where it reads, and git keeps no empty
/// directory.
final class FixtureCopy {
  let directory: String
  private let temporary: URL
  private let fixture: URL

  init(_ name: String, file: String = #filePath) throws {
    fixture = URL(filePath: file).deletingLastPathComponent().appending(path: "../Fixtures/\(name)")
    temporary = FileManager.default.temporaryDirectory.appending(path: "firn-fixture-\(UUID().uuidString)")
    directory = temporary.appending(path: "repository").path
    let files = FileManager.default
    try files.createDirectory(at: temporary, withIntermediateDirectories: true)
    try files.copyItem(atPath: fixture.appending(path: "repository").path, toPath: directory)
    for area in ["keys", "packs", "index", "snapshots", "intents", "tombstones", "sweeps", "tmp"] {
      try files.createDirectory(atPath: "\(directory)/\(area)", withIntermediateDirectories: true)
    }
  }

  deinit { try? FileManager.default.removeItem(at: temporary) }

  func open(_ role: String) throws -> Repository {
    var password = try Array(Data(contentsOf: fixture.appending(path: "password-\(role)")))
    if password.last == UInt8(ascii: "\n") { password.removeLast() }
    return try Repository.open(
      try LocalBackend.open(at: directory), password: password.withUnsafeBytes { SecretBytes(copying: $0) },
      cacheDirectory: temporary.appending(path: "cache-\(role)").path)
  }

  /// The manifests by snapshot id.
  func manifests() throws -> [String: [ManifestEntry]] {
    let prefix = "expected-"
    var manifests: [String: [ManifestEntry]] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: fixture.path) where name.hasPrefix(prefix) {
      let id = String(name.dropFirst(prefix.count).dropLast(".json".count))
      manifests[id] = try ManifestEntry.read(fixture.appending(path: name).path)
    }
    return manifests
  }
}
