import FileSystem
import Format
import Snapshots
import Synchronization

/// What a restore did, and the failures that it told of.
@dynamicMemberLookup
struct ToldOutcome {
  let outcome: RestoreOutcome
  let failures: [RestoreFailure]

  subscript<Value>(dynamicMember path: KeyPath<RestoreOutcome, Value>) -> Value { outcome[keyPath: path] }
}

/// Collects the failures that a restore tells of.
final class ToldFailures: Sendable {
  private let list = Mutex<[RestoreFailure]>([])

  var all: [RestoreFailure] { list.withLock { $0 } }

  func note(_ failure: RestoreFailure) { list.withLock { $0.append(failure) } }
}

extension TestRepository {
  /// Restores a path of the tree with this directory `/`.
  ///
  /// - Parameter told: has the failures also where the restore throws.
  func restore(
    _ root: ChunkID, path: String = "/", to target: PathBytes, _ options: RestoreOptions,
    told: ToldFailures = ToldFailures(), isCancelled: @escaping @Sendable () -> Bool = { false }
  ) throws -> ToldOutcome {
    var options = options
    options.report = told.note
    let outcome = try Restorer(reading: try reading(), root: root, options: options)
      .restore(Array(path.utf8), to: target, isCancelled: isCancelled)
    return ToldOutcome(outcome: outcome, failures: told.all)
  }
}
