import Backend
import Format
import Repository
import RepositoryFixture
import TestSupport
import Testing

@Suite("Damage")
struct DamageTests {
  @Test("Random damage to any kind of object is refused by name or harmless, and found by a check")
  func randomDamage() throws {
    for area in DamageSoak.areas {
      let soak = try DamageSoak()
      soak.run(area, count: 300, seed: 42)
      #expect(soak.failures.isEmpty, "\(soak.summary(of: area).joined(separator: "\n"))")
      #expect((soak.tallies[area]?.mutations ?? 0) > 250)
    }
  }

  @Test(
    "Objects cut at any length, emptied, gone or swapped are refused by name or harmless", arguments: DamageSoak.areas)
  func systematicDamage(_ area: ObjectArea) throws {
    let soak = try DamageSoak()
    let names = soak.names(area)
    for name in names.prefix(3) {
      let count = soak.length(of: name)
      let lengths = [0, 1, 7, 8, 16, 47, 48, 63, 64, 95, 96, count / 2, count - 24, count - 1]
      for length in lengths where (0..<count).contains(length) { try soak.apply(.truncate(length), to: name) }
      for other in names where other != name { try soak.apply(.replace(with: other), to: name) }
      try soak.apply(.delete, to: name)
      try soak.apply(.extend([0]), to: name)
    }
    #expect(soak.failures.isEmpty, "\(soak.summary(of: area).joined(separator: "\n"))")
  }

  @Test("A repository brought back to an older state reads as it did then")
  func olderState() throws {
    let sample = try SampleRepository()
    let id = try sample.backUp(["etc/a": [1, 2, 3]])
    let old = sample.backend.contents
    try sample.backUp(["etc/a": [4, 5, 6], "data/b": [7]], sequence: 2)
    let rolledBack = try sample.repository.reopened(on: InMemoryBackend(contents: old))
    try rolledBack.refreshIndex()
    let snapshots = try rolledBack.snapshots().snapshots
    #expect(snapshots.map(\.id) == [id])
    for snapshot in snapshots { #expect(try rolledBack.readAll(snapshot) == sample.files[id]) }
    #expect(try !rolledBack.check(CheckOptions(data: .all, threads: 2)).hasErrors)
  }

  @Test("Opening with a password refuses a damaged config or slot by name")
  func opening() throws {
    let sample = try SampleRepository.filled()
    for name in sample.names(.config) + sample.names(.keys) {
      let backend = InMemoryBackend(contents: sample.backend.contents.filter { $0.key.area != .keys || $0.key == name })
      backend.damage(name) { $0?[40] ^= 1 }
      #expect(throws: RepositoryError.self) {
        _ = try Repository.open(
          backend, password: SampleRepository.password, cacheDirectory: TemporaryDirectory(inMemory: true).path)
      }
    }
  }
}
