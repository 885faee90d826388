import Repository
import TestSupport

/// What a process is started for.
enum Task: CustomStringConvertible {
  /// Takes a snapshot: of a content of its own, or of its parent's with a change.
  case backup(SeededGenerator)
  case forget
  case rewrite
  case prune(PruneOptions)
  case read
  case check
  case repairIndex

  /// Something to do.
  static func random(_ random: inout SeededGenerator) -> Task {
    switch random.below(23) {
    case 0..<7: .backup(SeededGenerator(seed: random.next()))
    case 7..<12: .forget
    case 12..<18: .prune(options(&random))
    case 18: .read
    case 19..<21: .rewrite
    case 21: .check
    default: .repairIndex
    }
  }

  private static func options(_ random: inout SeededGenerator) -> PruneOptions {
    var options = PruneOptions()
    options.unused = [.percentage(0), .percentage(0), .percentage(50), .unlimited][random.below(4)]
    options.fencingAge = [.zero, .seconds(60), .seconds(3_600), .seconds(86_400)][random.below(4)]
    options.patience = [.zero, .seconds(4), .seconds(10)][random.below(3)]
    return options
  }

  /// Whether calls go wrong. For a reader that would only hide what it is to find.
  var isFaulty: Bool {
    switch self {
    case .read, .check: false
    case .backup, .forget, .rewrite, .prune, .repairIndex: true
    }
  }

  var description: String {
    switch self {
    case .backup: "a backup"
    case .forget: "a forget"
    case .rewrite: "a change of tags"
    case .prune(let options):
      "a prune (unused \(options.unused), fence after \(options.fencingAge), patience \(options.patience))"
    case .read: "a restore"
    case .check: "a check"
    case .repairIndex: "a repair of the index"
    }
  }
}
