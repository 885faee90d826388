import Backend
import Cryptography
import Format
@testable import Repository
import RepositoryFixture
import TestSupport
import Testing

@Suite("Key slots")
struct KeySlotTests {
  let sample: SampleRepository
  let label = KeySlotLabel(label: "l", host: "h", user: "u")

  init() throws { sample = try SampleRepository() }

  @Test("The password opens the repository and another does not")
  func passwords() throws {
    let caches = TemporaryDirectory(inMemory: true)
    let opened = try Repository.open(
      sample.backend, password: SampleRepository.password, cacheDirectory: caches.path)
    #expect(opened.role == .full && opened.uuid == sample.repository.uuid)
    let error = #expect(throws: RepositoryError.self) {
      try Repository.open(
        sample.backend, password: SampleRepository.secret("wrong"), cacheDirectory: caches.path)
    }
    #expect(error?.code == .wrongPassword)
  }

  @Test("A changed commitment is a wrong password, changed secrets are damage")
  func commitment() throws {
    let name = try #require(sample.names(.keys).first)
    let object = try sample.backend.getWhole(name, limit: 1 << 20)
    let slot = try KeySlot.decode(object)
    let repository = sample.repository.uuid
    var commitment = slot.commitment
    commitment[5] ^= 1
    let changed = try slot.slot.encode(commitment: commitment, sealed: slot.sealed)
    #expect(try KeySlot.open(changed, name: "x", password: SampleRepository.password, repository: repository) == nil)
    var sealed = slot.sealed
    sealed[5] ^= 1
    let damaged = try slot.slot.encode(commitment: slot.commitment, sealed: sealed)
    let error = #expect(throws: RepositoryError.self) {
      try KeySlot.open(damaged, name: "x", password: SampleRepository.password, repository: repository)
    }
    #expect(error?.code == .damaged)
  }

  @Test("A label that was changed is damage, since the secrets are bound to it")
  func header() throws {
    let name = try #require(sample.names(.keys).first)
    let text = String(decoding: try sample.backend.getWhole(name, limit: 1 << 20), as: UTF8.self)
    let relabelled = try #require(text.firstRange(of: "first").map { text.replacingCharacters($0, "fifth") })
    let error = #expect(throws: RepositoryError.self) {
      try KeySlot.open(
        Array(relabelled.utf8), name: "x", password: SampleRepository.password, repository: sample.repository.uuid)
    }
    #expect(error?.code == .damaged)
  }

  @Test("A damaged slot does not keep those out whose slot is good")
  func damagedNeighbour() throws {
    for index in 0..<4 {
      try sample.backend.put(try ObjectName(.keys, String(repeating: "\(index)", count: 32)), [UInt8(index)])
    }
    // What isn't named like a slot is none.
    try sample.backend.put(try ObjectName(.keys, "stray"), [0])
    _ = try Repository.open(
      sample.backend, password: SampleRepository.password, cacheDirectory: TemporaryDirectory(inMemory: true).path)
    #expect(try sample.repository.keySlots().damaged.count == 4)
    #expect(try sample.repository.keySlot(openedBy: SampleRepository.password).header.label == "first")
  }

  @Test("A slot that can't be read may be the one that was meant, and is named")
  func unreadable() throws {
    let first = try #require(try sample.repository.keySlots().slots.first)
    let other = SampleRepository.secret("other")
    #expect { try sample.repository.keySlot(openedBy: other) } throws: {
      ($0 as? RepositoryError)?.code == .wrongPassword
    }
    sample.backend.damage(try ObjectName(.keys, first.id.hex)) { $0 = [] }
    for body in [
      { _ = try sample.repository.keySlot(openedBy: SampleRepository.password) },
      { try sample.repository.removeKey(first.id) },
    ] {
      #expect { try body() } throws: { ($0 as? RepositoryError)?.code == .damaged && "\($0)".contains(first.id.hex) }
    }
  }

  @Test("The last full slot can't be removed, others can")
  func removal() throws {
    let first = try #require(try sample.repository.keySlots().slots.first)
    let write = try sample.repository.addKey(
      .write, password: SampleRepository.writePassword, label: label, cost: .least, now: SampleRepository.time)
    #expect(throws: RepositoryError.self) { try sample.repository.removeKey(first.id) }
    let second = try sample.repository.addKey(
      .full, password: SampleRepository.secret("two"), label: label, cost: .least, now: SampleRepository.time)
    // It was opened with the first one, and of the second one nothing is known yet.
    #expect(throws: RepositoryError.self) { try sample.repository.removeKey(first.id) }
    try sample.repository.removeKey(first.id, keeping: SampleRepository.secret("two"))
    try sample.repository.removeKey(write)
    #expect(throws: RepositoryError.self) { try sample.repository.removeKey(second) }
    #expect(try sample.repository.keySlots().slots.map(\.id) == [second])
  }

  @Test("A slot that says it can read, and that nobody can open, does not count as one that stays")
  func planted() throws {
    let first = try #require(try sample.repository.keySlots().slots.first)
    let second = try sample.repository.addKey(
      .full, password: SampleRepository.secret("two"), label: label, cost: .least, now: SampleRepository.time)
    // Another digit of the sealed secrets, so that it still is a slot.
    let name = try ObjectName(.keys, second.hex)
    var slot = try #require(sample.backend.contents[name])
    slot[slot.count - 20] = UInt8(ascii: slot[slot.count - 20] == UInt8(ascii: "A") ? "B" : "A")
    sample.backend.damage(name) { $0 = slot }
    try #require(try sample.repository.keySlots().slots.count { $0.header.role == .full } == 2)
    #expect(throws: RepositoryError.self) { try sample.repository.removeKey(first.id) }
    #expect(throws: RepositoryError.self) {
      try sample.repository.removeKey(first.id, keeping: SampleRepository.secret("two"))
    }
    #expect(throws: RepositoryError.self) {
      try sample.repository.removeKey(first.id, keeping: SampleRepository.password)
    }
    try sample.repository.removeKey(second)
    #expect(try sample.repository.keySlots().slots.map(\.id) == [first.id])
  }

  @Test("A write key stores chunks and snapshots, and reads no pack and makes no full slot")
  func writeRole() throws {
    _ = try sample.repository.addKey(
      .write, password: SampleRepository.writePassword, label: label, cost: .least, now: SampleRepository.time)
    let caches = TemporaryDirectory(inMemory: true)
    let writer = try Repository.open(
      sample.backend, password: SampleRepository.writePassword, cacheDirectory: caches.path)
    #expect(writer.role == .write)
    let forbidden = #expect(throws: RepositoryError.self) { try writer.reading(to: "restore") }
    #expect(forbidden?.code == .forbidden)
    let full = #expect(throws: RepositoryError.self) {
      try writer.addKey(
        .full, password: SampleRepository.password, label: label, cost: .least, now: SampleRepository.time)
    }
    #expect(full?.code == .forbidden)
    let session = try writer.beginWriting(
      by: SessionOwner(time: SampleRepository.time, host: "h", user: "u", process: 1, program: "p"))
    let chunks = try session.chunkWriter()
    let tree = try TreeBuilder(writer: chunks).store(["etc/a": [1, 2, 3]])
    try chunks.flush()
    try session.finish()
    try writer.commit(sample.snapshot(of: tree, session: session), of: session)
    try sample.repository.refreshIndex()
    let snapshot = try #require(try sample.repository.snapshots().snapshots.first)
    #expect(try sample.repository.readAll(snapshot) == ["etc/a": [1, 2, 3]])
  }

  @Test(
    "Costs of guessing outside the bounds are refused before any work",
    arguments: [0, 8191, (1 << 20) + 1, .max] as [UInt32])
  func bounds(_ memory: UInt32) throws {
    let error = #expect(throws: RepositoryError.self) {
      try sample.repository.addKey(
        .full, password: SampleRepository.password, label: label,
        cost: Argon2id.Cost(memory: memory, passes: 1, lanes: 1), now: SampleRepository.time)
    }
    #expect(error?.code == .invalidArgument)
    let name = try #require(sample.names(.keys).first)
    let text = String(decoding: try sample.backend.getWhole(name, limit: 1 << 20), as: UTF8.self)
    let costly = try #require(
      text.firstRange(of: "\"memory\":8192").map { text.replacingCharacters($0, "\"memory\":\(memory)") })
    #expect(throws: RepositoryError.self) {
      try KeySlot.open(
        Array(costly.utf8), name: "x", password: SampleRepository.password, repository: sample.repository.uuid)
    }
  }

  @Test("Sizes that the format does not allow are refused when a repository is made")
  func parameters() {
    let changes: [(inout RepositoryParameters) -> Void] = [
      { $0.frameTarget = 9 << 20 }, { $0.packTarget = 2 << 30 }, { $0.maximumChunkSize = 16 << 20 },
      { $0.minimumChunkSize = 1 << 20 },
    ]
    for change in changes { #expect(throws: RepositoryError.self) { try SampleRepository(parameters: change) } }
  }
}

extension String {
  fileprivate func replacingCharacters(_ range: Range<Index>, _ replacement: String) -> String {
    String(self[..<range.lowerBound]) + replacement + self[range.upperBound...]
  }
}
