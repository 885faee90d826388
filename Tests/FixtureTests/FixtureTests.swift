import Backend
import Cryptography
import Format
import Repository
import Snapshots
import Testing

struct FixtureTests {
  private static let fixtures = ["golden-1", "python-made"]

  @Test("every node and content of every snapshot is as its manifest says", arguments: fixtures)
  func manifests(name: String) throws {
    let copy = try FixtureCopy(name)
    defer { withExtendedLifetime(copy) {} }
    let repository = try copy.open("full")
    #expect(repository.role == .full)
    let listing = try repository.snapshots()
    #expect(listing.damaged.isEmpty)
    let manifests = try copy.manifests()
    #expect(Set(listing.snapshots.map(\.id.hex)) == Set(manifests.keys))
    #expect(listing.snapshots.count == 2)
    try repository.refreshIndex()
    let reading = try repository.reading(to: "test")
    let contents = ContentReader(chunks: try reading.chunkReader())
    for snapshot in listing.snapshots {
      let expected = try #require(manifests[snapshot.id.hex])
      #expect(!expected.isEmpty)
      var found: [String: ManifestEntry] = [:]
      var walk = TreeWalk(reader: try reading.treeReader(), tree: try #require(snapshot.roots.first?.tree))
      while let step = try walk.next() {
        guard case .entry(let entry) = step else { continue }
        found[PathText.escape(entry.path)] = try ManifestEntry(entry, contents: contents)
      }
      #expect(found.count == expected.count)
      for entry in expected { #expect(found[entry.path] == entry) }
    }
  }

  @Test("a write slot opens, lists snapshots and reads nothing", arguments: fixtures)
  func writeSlot(name: String) throws {
    let copy = try FixtureCopy(name)
    defer { withExtendedLifetime(copy) {} }
    let repository = try copy.open("write")
    #expect(repository.role == .write)
    try repository.refreshIndex()
    #expect(try repository.snapshots().snapshots.count == 2)
    #expect { try repository.reading(to: "test") } throws: { ($0 as? RepositoryError)?.code == .forbidden }
  }

  @Test("check finds nothing wrong, reading all data", arguments: fixtures)
  func check(name: String) throws {
    let copy = try FixtureCopy(name)
    defer { withExtendedLifetime(copy) {} }
    let repository = try copy.open("full")
    let report = try repository.check(CheckOptions(data: .all, threads: 2))
    #expect(!report.hasErrors, "\(report.findings.map(\.message))")
    #expect(report.counters.packsRead > 0)
  }

  @Test("another password opens nothing", arguments: fixtures)
  func wrongPassword(name: String) throws {
    let copy = try FixtureCopy(name)
    let wrong = Array("wrong".utf8).withUnsafeBytes { SecretBytes(copying: $0) }
    #expect {
      try Repository.open(
        LocalBackend.open(at: copy.directory), password: wrong, cacheDirectory: copy.directory + "/tmp")
    } throws: {
      ($0 as? RepositoryError)?.code == .wrongPassword
    }
  }
}
