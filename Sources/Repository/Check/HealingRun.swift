import Backend
import Format

/// Has the objects that a check suspects healed, and says what became of each.
final class HealingRun {
  private let healer: Healer
  private let suspects: [ObjectName]
  private var healed: [(name: ObjectName, sectors: Int, kept: String)] = []
  private var failed: [(name: ObjectName, error: RepositoryError)] = []
  /// The packs that are still damaged.
  private(set) var damagedPacks: Set<PackID> = []

  init(healer: Healer, suspects: Set<ObjectName>) {
    self.healer = healer
    self.suspects = suspects.sorted()
  }

  /// Heals what can be healed; gives how many objects that was.
  func run(_ isCancelled: () -> Bool) -> Int {
    for name in suspects where !isCancelled() {
      do throws(RepositoryError) {
        if case .healed(let sectors, let kept) = try healer.heal(name) { healed.append((name, sectors, kept)) }
      } catch {
        failed.append((name, error))
        if name.area == .packs, let pack = PackID(hex: name.name) { damagedPacks.insert(pack) }
      }
    }
    return healed.count
  }

  func report(to log: CheckLog) {
    for (name, sectors, kept) in healed {
      log.add(
        .warning, .healed, "\(name)",
        "it was damaged in \(sectors) sectors and has been rebuilt from its parity; the damaged bytes are kept in \(kept)"
      )
    }
    for (name, error) in failed {
      let reason = error.code == .missing ? "it has no parity, or is gone itself" : "\(error)"
      log.add(.error, .notHealed, "\(name)", "it could not be rebuilt and was left as it is: \(reason)")
    }
    log.count { [count = healed.count] in $0.healed = count }
  }
}
