import Repository
import Synchronization

/// How far a repair was when it last said so.
final class RepairProgress: Sendable {
  private let last = Mutex<CheckProgress?>(nil)

  func note(_ progress: CheckProgress) { last.withLock { $0 = progress } }

  var status: ProgressStatus {
    guard let progress = last.withLock({ $0 }) else { return ProgressStatus(phase: "repair") }
    switch progress.phase {
    case .index: return ProgressStatus(phase: "read index", files: progress.done, totalFiles: progress.total)
    case .snapshots: return ProgressStatus(phase: "look for losses", files: progress.done, totalFiles: progress.total)
    case .data: return ProgressStatus(phase: "read packs", bytes: progress.done, totalBytes: progress.total)
    }
  }
}

extension Console {
  /// Lists problems with objects, for people.
  func show(_ problems: [RepairProblem], as title: String) throws(CommandError) {
    for problem in problems { try print("\(title): \(Terminal.harmless("\(problem.object): \(problem.message)"))") }
  }
}

extension JSONWriter {
  /// Problems with objects.
  mutating func problems(_ name: String, _ problems: [RepairProblem]) {
    array(name) { json in
      for problem in problems {
        json.object { json in
          json.field("object", problem.object)
          json.field("message", problem.message)
        }
      }
    }
  }
}
