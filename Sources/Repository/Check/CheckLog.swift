import Backend
import Format
import Synchronization

/// What a running check has found, shared by its threads.
final class CheckLog: Sendable {
  /// The place of a finding in the log.
  typealias FindingNumber = Int

  private struct FrameKey: Hashable {
    let pack: PackID
    let frame: UInt32
  }

  private struct State {
    var findings: [CheckFinding] = []
    var counters = CheckCounters()
    var chunks: [ChunkID: FindingNumber] = [:]
    var packs: [PackID: FindingNumber] = [:]
    var frames: [FrameKey: FindingNumber] = [:]
    var damagedPacks: [PackID: String] = [:]
    var names = 0
    var suspects: [ObjectName: Set<FindingNumber>] = [:]
  }

  /// How many snapshots and paths are named for each finding.
  let nameLimit: Int
  /// How many are named in all: some 100 MB of them.
  private static let totalNameLimit = 1_000_000

  private let state = Mutex(State())

  private let ledger: VerifyLedger?

  /// - Parameter ledger: where packs are noted that were read whole.
  init(nameLimit: Int = CheckOptions.defaultNameLimit, ledger: VerifyLedger? = nil) {
    self.nameLimit = nameLimit
    self.ledger = ledger
  }

  /// A pack was read whole, and its bytes are what they were.
  func sound(_ pack: PackID) { ledger?.note(pack, isGood: true) }

  /// Adds that a pack's bytes are not what they were.
  func damaged(_ severity: CheckFinding.Severity, _ pack: PackID, _ message: String) -> FindingNumber {
    state.withLock { $0.damagedPacks[pack] = message }
    ledger?.note(pack, isGood: false)
    return add(severity, .packDamaged, "packs/\(pack)", message)
  }

  /// The packs whose bytes are not what they were, with what is wrong.
  var damagedPacks: [PackID: String] { state.withLock { $0.damagedPacks } }

  @discardableResult
  func add(
    _ severity: CheckFinding.Severity, _ code: CheckFinding.Code, _ object: String, _ message: String
  ) -> FindingNumber {
    state.withLock { state in
      state.findings.append(CheckFinding(severity: severity, code: code, object: object, message: message))
      return state.findings.count - 1
    }
  }

  func count(_ body: @Sendable (inout CheckCounters) -> Void) {
    state.withLock { body(&$0.counters) }
  }

  /// Remembers an object that may be damaged itself, for which its parity may help.
  func suspect(_ name: ObjectName, because finding: FindingNumber) {
    state.withLock { _ = $0.suspects[name, default: []].insert(finding) }
  }

  /// The objects that may be damaged.
  var suspects: Set<ObjectName> { state.withLock { Set($0.suspects.keys) } }

  /// The errors that nothing which was healed explains: of objects that were `sound` when they were looked at again, and of
  /// those that have no parity.
  func unexplained(_ sound: Set<ObjectName>) -> [CheckFinding] {
    state.withLock { state in
      var suspected: [FindingNumber: Set<ObjectName>] = [:]
      for (name, findings) in state.suspects {
        for finding in findings { suspected[finding, default: []].insert(name) }
      }
      return state.findings.enumerated().filter { number, finding in
        guard finding.severity == .error else { return false }
        if let objects = suspected[number] { return objects.isSubset(of: sound) }
        return [.config, .keySlot, .listing, .record].contains(finding.code)
      }.map(\.element)
    }
  }

  /// Whether the same was found.
  func hasFinding(like other: CheckFinding) -> Bool {
    state.withLock { state in state.findings.contains { $0.code == other.code && $0.object == other.object } }
  }

  /// What was looked at so far.
  var counters: CheckCounters { state.withLock { $0.counters } }

  /// Remembers that a chunk can't be had from anywhere.
  func condemn(chunk: ChunkID, because finding: FindingNumber) {
    state.withLock { $0.chunks[chunk] = finding }
  }

  /// Remembers that nothing can be had from a pack.
  func condemn(pack: PackID, because finding: FindingNumber) {
    state.withLock { $0.packs[pack] = finding }
  }

  /// Remembers that nothing can be had from some frames of a pack.
  func condemn(frames: some Sequence<UInt32> & Sendable, of pack: PackID, because finding: FindingNumber) {
    state.withLock { state in
      for frame in frames { state.frames[FrameKey(pack: pack, frame: frame)] = finding }
    }
  }

  /// Why a chunk can't be had from anywhere; nil if no such reason is known.
  func finding(chunk: ChunkID) -> FindingNumber? {
    state.withLock { $0.chunks.isEmpty ? nil : $0.chunks[chunk] }
  }

  /// Why a frame can't be read; nil if no such reason is known.
  func finding(pack: PackID, frame: UInt32) -> FindingNumber? {
    state.withLock { state in
      if let finding = state.packs.isEmpty ? nil : state.packs[pack] { return finding }
      return state.frames.isEmpty ? nil : state.frames[FrameKey(pack: pack, frame: frame)]
    }
  }

  /// How many packs and frames nothing can be had from, as far as is known.
  var condemnedCount: Int { state.withLock { $0.packs.count + $0.frames.count } }

  func affect(_ findings: Set<FindingNumber>, snapshot: SnapshotID) {
    guard !findings.isEmpty else { return }
    state.withLock { state in
      for finding in findings {
        state.findings[finding].snapshotCount += 1
        if state.findings[finding].snapshots.count < nameLimit, state.names < Self.totalNameLimit {
          state.names += 1
          state.findings[finding].snapshots.append(snapshot)
        }
      }
    }
  }

  func affect(_ findings: Set<FindingNumber>, path: [UInt8]) {
    guard !findings.isEmpty else { return }
    state.withLock { state in
      for finding in findings {
        state.findings[finding].pathCount += 1
        if state.findings[finding].paths.count < nameLimit, state.names < Self.totalNameLimit {
          state.names += 1
          state.findings[finding].paths.append(path.isEmpty ? "/" : PathText.escape(path))
        }
      }
    }
  }

  /// Forgets which snapshots and paths are affected: they are about to be found again.
  func forgetAffected() {
    state.withLock { state in
      state.names = 0
      for index in state.findings.indices {
        state.findings[index].snapshots = []
        state.findings[index].snapshotCount = 0
        state.findings[index].paths = []
        state.findings[index].pathCount = 0
      }
    }
  }

  /// The report, the worst findings first, otherwise in the order they were made.
  func report() -> CheckReport {
    state.withLock { state in
      let order = state.findings.enumerated().sorted {
        ($1.element.severity, $0.offset) < ($0.element.severity, $1.offset)
      }
      return CheckReport(findings: order.map(\.element), counters: state.counters)
    }
  }
}
