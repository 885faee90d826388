import Backend
import BackendTestSupport
import Cryptography
import ErasureCoding
import Format
@testable import Repository
import RepositoryFixture
import TestSupport
import Testing

@Suite("Parity")
struct ParityTests {
  let sample: SampleRepository
  private let pristine: [ObjectName: [UInt8]]
  private static let protected: Set<ObjectArea> = [.packs, .index, .snapshots]

  init() throws {
    sample = try SampleRepository { $0.parityPercentage = 3 }
    var random = SeededGenerator(seed: 5)
    let files = [
      "a/noise": random.bytes(150_000), "b/text": Array(repeatElement("all work ".utf8, count: 900).joined()),
      "b/more": random.bytes(3_000),
    ]
    let first = try sample.backUp(files)
    try sample.backUp(
      files.merging(["c/new": random.bytes(9_000)]) { $1 }, sequence: 2,
      previous: sample.repository.storedSnapshot(first).hash)
    pristine = sample.backend.contents
  }

  private var objects: [ObjectName] { pristine.keys.filter { Self.protected.contains($0.area) }.sorted() }

  private func check(_ data: CheckOptions.DataSelection = .all, repairs: Bool = true) throws -> CheckReport {
    try sample.repository.check(CheckOptions(data: data, repairs: repairs, threads: 2))
  }

  /// Damages the sector of an object that `offset` lies in.
  private func damage(_ name: ObjectName, sectorAt offset: Int = 0) {
    sample.backend.damage(name) { bytes in
      guard let count = bytes?.count else { return }
      for index in offset..<min(offset + 4_096, count) { bytes?[index] ^= 0x5A }
    }
  }

  @Test("Parity of what had an object's name before gives way to its own")
  func stale() throws {
    let context = sample.repository.context
    let id = try #require(sample.repository.snapshots().snapshots.first?.id)
    let name = try ObjectName.snapshot(id)
    // Forgotten, its parity waits for the next prune; whoever was to fence it off is late.
    try sample.backend.delete(name)
    #expect(try context.fence(id, tombstone: 0, now: SampleRepository.time) == .fenced)
    let record = try #require(sample.backend.contents[name])
    var encoder = StripeEncoder(rowCount: 6)
    record.withUnsafeBytes { encoder.append($0) }
    #expect(try #require(sample.backend.contents[name.parity()]).contains(encoder.finish().parity))
    damage(name)
    #expect(try check().counters.healed == 1)
    #expect(sample.backend.contents[name] == record)
  }

  @Test("Every pack, segment and snapshot has its parity, the same as of all its bytes at once")
  func written() throws {
    #expect(Set(objects.map(\.area)) == Self.protected)
    for name in objects {
      var encoder = StripeEncoder(rowCount: 6)
      try #require(pristine[name]).withUnsafeBytes { encoder.append($0) }
      let encoded = encoder.finish()
      let description = ParityDescription(layout: encoded.layout, checksums: encoded.checksums)
      #expect(
        try pristine[name.parity()] == description.encode(.head) + encoded.parity + description.encode(.tail), "\(name)"
      )
    }
    #expect(sample.names(.parity).count == objects.count)
    let report = try check(repairs: false)
    #expect(report.findings.isEmpty, "\(report.findings)")
  }

  @Test(
    "The vectors of FORMAT.md come out",
    arguments: [
      (1, 4_097, 6, "69526dee00b576213360465efbcf69705e3349b46e0b5634f2e8a97aa90f6f8e"),
      (2, 100_000, 6, "91b9c356f62f5d10fff561d5d3fba68cc18f6699fe07701a9b8c978a4b180aa1"),
      (3, 2_000_000, 6, "c586d1547548ed3ce539d7760b74c8f108d6ed4d341b6dbc7608759452b33593"),
      (4, 7_000_000, 2, "6d73c11d9b335ee44739324209c0f32038cd93ea1bfe35e629c5a2934bfccd1b"),
    ])
  func vectors(seed: UInt64, length: Int, rowCount: Int, digest: String) {
    var random = SeededGenerator(seed: seed)
    var encoder = StripeEncoder(rowCount: rowCount)
    random.bytes(length).withUnsafeBytes { encoder.append($0) }
    let encoded = encoder.finish()
    let description = ParityDescription(layout: encoded.layout, checksums: encoded.checksums)
    let object = description.encode(.head) + encoded.parity + description.encode(.tail)
    #expect(object.withUnsafeBytes { SHA256Hasher.hash($0) }.hexadecimal == digest)
  }

  @Test("Without the parameter there is none")
  func off() throws {
    let plain = try SampleRepository.filled()
    #expect(plain.names(.parity).isEmpty)
  }

  @Test("A damaged sector of any object heals in place, and the damaged bytes are kept")
  func heals() throws {
    for name in objects {
      damage(name, sectorAt: try #require(pristine[name]).count / 2)
      let damaged = sample.backend.contents[name]
      let sound = try check(repairs: false)
      #expect(sound.hasErrors && sample.backend.contents[name] == damaged, "\(name)")
      let report = try check()
      #expect(report.findings.map(\.code) == [.healed], "\(name): \(report.findings)")
      #expect(report.counters.healed == 1)
      #expect(sample.backend.contents == pristine)
      #expect(sample.backend.quarantined.last?.name == name)
      #expect(sample.backend.quarantined.last?.bytes == damaged)
    }
    #expect(try !check().hasErrors)
  }

  @Test("What could not be read at first is not forgotten when something else was healed", arguments: [true, false])
  func unsteady(isPack: Bool) throws {
    let healing = try #require(objects.first { $0.area == .index })
    let segment = try sample.repository.context.segment(try #require(SegmentID(text: healing.name)))
    // What is wrong with a pack that no segment names is a warning only, and is for the second look to say.
    let unnamed = Set(segment.packs.map(\.id.hex))
    let packs = objects.filter { $0.area == .packs && !unnamed.contains($0.name) }
    damage(healing)
    let name = try #require(isPack ? packs.last : objects.last { $0.area == .snapshots })
    let backend = FaultyBackend(sample.backend)
    let caches = TemporaryDirectory(inMemory: true)
    let repository = try Repository.open(backend, password: SampleRepository.password, cacheDirectory: caches.path)
    backend.inject(.fail(.io), intoReadOf: name)
    let report = try repository.check(CheckOptions(data: .all, repairs: true, threads: 1))
    #expect(report.counters.healed == 1)
    let text = "when it was looked at again it was sound"
    let finding = try #require(report.findings.first { $0.message.contains(text) }, "\(report.findings)")
    #expect(finding.severity == .error)
    #expect(sample.backend.contents == pristine)
    #expect(try !check().hasErrors)
  }

  @Test("What is removed after it was found damaged is no longer spoken of")
  func removedMeanwhile() throws {
    let name = try #require(objects.last { $0.area == .snapshots })
    damage(name)
    let backend = FaultyBackend(sample.backend)
    let repository = try sample.repository.reopened(on: backend)
    let memory = sample.backend
    // The healer reads what is damaged once more, and before that somebody forgets it.
    backend.afterListing(.keys) {
      backend.inject(
        .pause { do { try memory.delete([name, name.parity()]) } catch { Issue.record(error) } }, intoReadOf: name)
    }
    let report = try repository.check(CheckOptions(data: .all, repairs: true, threads: 1))
    #expect(!report.findings.contains { $0.code == .notHealed }, "\(report.findings)")
  }

  @Test("What the structure leads to heals without reading all data")
  func structure() throws {
    let names = objects.filter { $0.area != .packs }
    for name in names { damage(name) }
    let report = try check(.none)
    #expect(report.counters.healed == names.count, "\(report.findings)")
    #expect(!report.hasErrors)
    #expect(sample.backend.contents == pristine)
  }

  @Test("An object that lost its end, or has too much, heals")
  func lengths() throws {
    for name in objects {
      let count = try #require(pristine[name]).count
      for change in [{ (bytes: inout [UInt8]) in bytes.removeLast(min(3_000, count)) }, { $0 += [1, 2, 3] }] {
        sample.backend.damage(name) { bytes in if bytes != nil { change(&bytes!) } }
        let report = try check()
        #expect(report.counters.healed == 1 && !report.hasErrors, "\(name): \(report.findings)")
        #expect(sample.backend.contents == pristine)
      }
    }
  }

  @Test("Damage beyond the parity is a clear error, and nothing is changed")
  func hopeless() throws {
    for name in objects {
      sample.backend.damage(name) { bytes in
        guard let count = bytes?.count else { return }
        for index in 0..<count { bytes?[index] ^= 0x5A }
      }
      // Where each group of a stripe has one sector at most, all of it heals.
      if let parity = try pristine[name.parity()], let count = pristine[name]?.count, count <= 8 * 4_096 {
        sample.backend.damage(try name.parity()) {
          $0 = parity; $0?[parity.count / 2] ^= 1
        }
      }
      let before = sample.backend.contents
      let report = try check()
      let finding = try #require(report.findings.first { $0.code == .notHealed }, "\(name): \(report.findings)")
      #expect(finding.object == "\(name)" && finding.severity == .error)
      #expect(finding.message.contains("could not be rebuilt"))
      #expect(sample.backend.contents[name] == before[name])
      #expect(sample.backend.quarantined.isEmpty)
      for (name, bytes) in pristine { sample.backend.damage(name) { $0 = bytes } }
    }
  }

  @Test("Either copy of the description is enough")
  func descriptions() throws {
    let pack = try #require(objects.first { $0.area == .packs })
    let parity = try pack.parity()
    let count = try #require(pristine[parity]).count
    for offset in [20, count - 40] {
      damage(pack)
      sample.backend.damage(parity) { $0?[offset] ^= 0xFF }
      _ = try check()
      #expect(sample.backend.contents[pack] == pristine[pack], "damage at \(offset)")
      // The parity was damaged as well, and is written anew.
      #expect(sample.backend.contents == pristine, "damage at \(offset)")
    }
  }

  @Test("Parity that leads elsewhere is never followed")
  func hostile() throws {
    for victim in objects {
      // A whole sector of something else, for which the parity is right.
      var encoder = StripeEncoder(rowCount: 6)
      [UInt8](repeating: 7, count: 4_096).withUnsafeBytes { encoder.append($0) }
      sample.backend.damage(try victim.parity()) { $0 = nil }
      try sample.repository.context.publish(encoder.finish(), of: victim)
      damage(victim)
      let before = sample.backend.contents[victim]
      let report = try check(.none)
      #expect(report.hasErrors || victim.area == .packs, "\(victim)")
      #expect(throws: RepositoryError.self) { try Healer(context: sample.repository.context).heal(victim) }
      #expect(sample.backend.contents[victim] == before)
    }
    #expect(sample.backend.quarantined.isEmpty)
  }

  @Test("Missing or damaged parity is a warning, and is written by a repair")
  func parityItself() throws {
    let names = sample.names(.parity)
    for (index, name) in names.enumerated() {
      sample.backend.damage(name) { bytes in if index.isMultiple(of: 2) { bytes = nil } else { bytes?[30] ^= 1 } }
    }
    let damaged = sample.backend.contents
    let report = try check(repairs: false)
    #expect(Set(report.findings.map(\.code)) == [.parityMissing, .parityDamaged], "\(report.findings)")
    #expect(!report.hasErrors && sample.backend.contents == damaged)
    #expect(try check().counters.parityWritten == names.count)
    #expect(sample.backend.contents == pristine)
  }

  @Test(
    "A repair that ends without an error has left no damage, whatever could not be read once",
    arguments: [(FaultyBackend.Operation.list, 1), (.read, 9)])
  func passingFailures(_ operation: FaultyBackend.Operation, every step: Int) throws {
    let (pack, segment) = try (#require(sample.names(.packs).first), #require(sample.names(.index).first))
    for call in stride(from: 1, through: 2000, by: step) {
      for (name, bytes) in pristine { sample.backend.damage(name) { $0 = bytes } }
      damage(pack)
      damage(segment)
      let faulty = FaultyBackend(sample.backend)
      let caches = TemporaryDirectory(inMemory: true)
      let repository = try Repository.open(faulty, password: SampleRepository.password, cacheDirectory: caches.path)
      let opening = faulty.calls(of: operation)
      faulty.inject(.fail(.io), into: operation, call: call)
      let report = try? repository.check(CheckOptions(data: .all, repairs: true, threads: 1))
      if let report, !report.hasErrors {
        let isPristine = sample.backend.contents == pristine
        #expect(isPristine, "after the failure of \(operation) \(call)")
      }
      if faulty.calls(of: operation) - opening < call { return }
    }
    Issue.record("more than 2000 calls of \(operation)")
  }

  @Test("Parity that a repair can't write is an error")
  func unwritable() throws {
    sample.backend.damage(sample.names(.parity)[0]) { $0 = nil }
    let faulty = FaultyBackend(sample.backend)
    let caches = TemporaryDirectory(inMemory: true)
    let repository = try Repository.open(faulty, password: SampleRepository.password, cacheDirectory: caches.path)
    faulty.inject(.fail(.noSpace), into: .beginUpload)
    let report = try repository.check(CheckOptions(data: .none, repairs: true, threads: 1))
    #expect(report.findings.filter { $0.severity == .error }.map(\.code) == [.parityMissing], "\(report.findings)")
    #expect(try check().counters.parityWritten == 1)
  }

  @Test("A session whose segment stands without its parity isn't fenced off by itself")
  func segmentWithoutParity() throws {
    let faulty = FaultyBackend(sample.backend)
    let context = try sample.repository.reopened(on: faulty).context
    let session = context.execution.sessionID()
    let segments = SegmentSequence(of: session, context: context)
    faulty.inject(.fail(.noSpace), into: .beginUpload, call: 2)
    let error = #expect(throws: RepositoryError.self) { try segments.publish(IndexSegment()) }
    #expect((error?.cause as? BackendError)?.code == .noSpace)
    #expect(sample.backend.contents[try .segment(SegmentID(session: session, number: 1))] != nil)
    #expect(try segments.publish(IndexSegment()) == SegmentID(session: session, number: 2))
  }

  @Test("No parity is made of damaged bytes")
  func parityOfDamage() throws {
    let pack = try #require(objects.first { $0.area == .packs })
    sample.backend.damage(try pack.parity()) { $0 = nil }
    damage(pack)
    let report = try check(.none)
    #expect(report.hasErrors, "\(report.findings)")
    #expect(try sample.backend.contents[pack.parity()] == nil)
  }

  @Test("Parity of what was removed is found, noted and removed")
  func orphans() throws {
    let context = sample.repository.context
    #expect(try context.orphanedParity() == [])
    let gone = Array(objects.suffix(2))
    for name in gone { sample.backend.damage(name) { $0 = nil } }
    #expect(try Set(context.orphanedParity()) == Set(gone.map { try $0.parity() }))
    #expect(try check(.none, repairs: false).findings.contains { $0.code == .parityOrphaned })
    try context.removeParity(of: gone)
    #expect(try context.orphanedParity() == [])
    #expect(sample.names(.parity).count == objects.count - 2)
  }
}
