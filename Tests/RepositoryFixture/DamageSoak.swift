package import Backend
import Format
import Repository
import TestSupport

/// Damages objects of a repository, one at a time, and sees what becomes of it: every use must give what it gave before
/// or an error that names the object, and a full check must find the damage.
package final class DamageSoak {
  /// What became of the mutations of one kind of object.
  package struct Tally: Sendable {
    package var mutations = 0
    /// The object was refused.
    package var refused = 0
    /// It reads as before; for instance a key slot's name that nothing depends on.
    package var harmless = 0
    /// A password doesn't open the slot any more.
    package var wrongPassword = 0
    /// The check reported it.
    package var reported = 0
  }

  package private(set) var tallies: [ObjectArea: Tally] = [:]
  /// What should not have happened, with what brings it about again.
  package private(set) var failures: [String] = []

  private let sample: SampleRepository
  private let pristine: [ObjectName: [UInt8]]
  private let slotKeys = SlotKeys(password: SampleRepository.password)
  private var contents: [ObjectName: [UInt8]?] = [:]

  package init() throws {
    sample = try SampleRepository.filled()
    pristine = sample.backend.contents
    for name in pristine.keys where name.area != .packs {
      contents[name] = .some(try sample.repository.content(of: name, slotKeys: slotKeys))
    }
    try sample.repository.refreshIndex()
  }

  /// Damages random objects of an area `count` times.
  package func run(_ area: ObjectArea, count: Int, seed: UInt64) {
    let names = sample.names(area)
    for index in 0..<count {
      var random = SeededGenerator(seed: seed &+ UInt64(index))
      let name = names[Int.random(in: 0..<names.count, using: &random)]
      let mutation = Mutation.random(
        count: pristine[name]?.count ?? 0, others: names.filter { $0 != name }, using: &random)
      do {
        try apply(mutation, to: name)
      } catch {
        failures.append("seed \(seed &+ UInt64(index)): \(mutation) of \(name): \(error)")
      }
    }
  }

  /// Applies one mutation.
  package func apply(_ mutation: Mutation, to name: ObjectName) throws {
    guard let original = pristine[name] else { return }
    let damaged = mutation.apply(to: original, of: pristine)
    guard damaged != original else { return }
    let backend = InMemoryBackend(contents: pristine)
    backend.damage(name) { $0 = damaged }
    tallies[name.area, default: Tally()].mutations += 1
    let context = "\(mutation) of \(name)"
    let isMissing = damaged == nil
    try use(name, on: backend, context: context)
    guard name.area != .config else { return }
    try check(name, on: backend, isMissing: isMissing, context: context)
  }

  private func use(_ name: ObjectName, on backend: InMemoryBackend, context: String) throws {
    do {
      let repository = try sample.repository.reopened(on: backend)
      if name.area == .packs {
        for snapshot in try repository.snapshots().snapshots
        where try repository.readAll(snapshot) != sample.files[snapshot.id] {
          failures.append("\(context): wrong bytes in snapshot \(snapshot.id)")
        }
        tallies[name.area]?.harmless += 1
      } else if let content = try repository.content(of: name, slotKeys: slotKeys) {
        // One slot in the place of another opens to what it always did: nothing depends on a slot's name.
        let accepted = contents.filter { $0.key == name || (name.area == .keys && $0.key.area == .keys) }
        if !accepted.values.contains(content) { failures.append("\(context): read as something else") }
        tallies[name.area]?.harmless += 1
      } else if name.area == .keys {
        tallies[name.area]?.wrongPassword += 1
      }
    } catch let error as RepositoryError {
      tallies[name.area]?.refused += 1
      if !"\(error)".contains(name.name) { failures.append("\(context): the error does not name it: \(error)") }
    }
  }

  /// What a check can know: a record that is simply gone, or a slot whose password it doesn't have, it can't.
  private func check(_ name: ObjectName, on backend: InMemoryBackend, isMissing: Bool, context: String) throws {
    let report = try sample.repository.reopened(on: backend).check(CheckOptions(data: .all, threads: 1))
    let worst = report.findings.filter { $0.severity != .note }
    let isReported = worst.contains { "\($0.object) \($0.message)".contains(name.name) }
    if isReported { tallies[name.area]?.reported += 1 }
    switch name.area {
    case .packs where !isReported, .index where isMissing ? worst.isEmpty : !isReported:
      failures.append("\(context): the check did not report it")
    case .snapshots where !isMissing && !isReported, .intents where !isMissing && !isReported,
      .tombstones where !isMissing && !isReported, .sweeps where !isMissing && !isReported:
      failures.append("\(context): the check did not report it")
    default: break
    }
    // A segment that was gone is gone from the cache as well.
    if name.area == .index { try sample.repository.refreshIndex() }
  }
}

extension DamageSoak {
  /// Every kind of stored object.
  package static let areas = ObjectArea.allCases.filter { $0 != .parity }

  /// What became of the mutations of one kind, for a person.
  package func summary(of area: ObjectArea) -> [String] {
    let tally = tallies[area] ?? Tally()
    return [
      "\(area.rawValue): \(tally.mutations) mutations, \(tally.refused) refused, \(tally.harmless) harmless, "
        + "\(tally.wrongPassword) wrong password, \(tally.reported) reported by check, \(failures.count) failures"
    ] + failures.prefix(20).map { "  \($0)" }
  }
}

extension DamageSoak {
  /// The objects of an area.
  package func names(_ area: ObjectArea) -> [ObjectName] { pristine.keys.filter { $0.area == area }.sorted() }

  /// The length of an object that is not damaged.
  package func length(of name: ObjectName) -> Int { pristine[name]?.count ?? 0 }
}
