import Backend
import Format

/// Has the objects that a check suspects healed, and says what became of each.
final class HealingRun {
  private let healer: Healer
  private let suspects: [ObjectName]
  private var healed: [(name: ObjectName, sectors: Int, kept: String)] = []
  private var failed: [(name: ObjectName, error: RepositoryError)] = []
  private var sound: Set<ObjectName> = []

  /// The packs that were not healed: damaged still, or sound when they were read again.
  var otherPacks: Set<PackID> {
    Set(sound.union(failed.map(\.name)).lazy.filter { $0.area == .packs }.compactMap { PackID(hex: $0.name) })
  }

  init(healer: Healer, suspects: Set<ObjectName>) {
    self.healer = healer
    self.suspects = suspects.sorted()
  }

  /// Heals what can be healed; gives how many objects that was.
  func run(_ isCancelled: () -> Bool) -> Int {
    for name in suspects where !isCancelled() {
      do throws(RepositoryError) {
        switch try healer.heal(name) {
        case .healed(let sectors, let kept): healed.append((name, sectors, kept))
        case .sound: sound.insert(name)
        }
      } catch {
        failed.append((name, error))
      }
    }
    return healed.count
  }

  /// - Parameter first: what was found before anything was healed, if `log` is of a second look.
  func report(to log: CheckLog, after first: CheckLog?) {
    for finding in first?.unexplained(sound) ?? [] where !log.hasFinding(like: finding) {
      log.add(
        finding.severity, finding.code, finding.object,
        "\(finding.message); when it was looked at again it was sound, so the storage is not to be relied on")
    }
    for (name, sectors, kept) in healed {
      log.add(
        .warning, .healed, "\(name)",
        "it was damaged in \(sectors) sectors and has been rebuilt from its parity; the damaged bytes are kept in \(kept)"
      )
    }
    for (name, error) in failed {
      // What a forget or a prune has removed since needs no healing.
      if error.code == .missing, (try? healer.context.stands(name)) == false { continue }
      let reason = error.code == .missing ? "it has no parity" : "\(error)"
      log.add(.error, .notHealed, "\(name)", "it could not be rebuilt and was left as it is: \(reason)")
    }
    log.count { [count = healed.count] in $0.healed = count }
  }
}
