/// What happened in schedules, to see that they reach what they are for.
package struct Tally: Sendable, Hashable {
  package var steps = 0
  package var snapshots = 0
  package var restarts = 0
  package var forgotten = 0
  package var rewritten = 0
  package var prunes = 0
  package var sweptPacks = 0
  package var writtenPacks = 0
  package var fenced = 0
  package var busy = 0
  package var deaths = 0
  package var failedTasks = 0
  package var reads = 0
  package var checks = 0
  package var repairs = 0

  package init() {}

  package static func + (left: Tally, right: Tally) -> Tally {
    var sum = left
    sum.steps += right.steps
    sum.snapshots += right.snapshots
    sum.restarts += right.restarts
    sum.forgotten += right.forgotten
    sum.rewritten += right.rewritten
    sum.prunes += right.prunes
    sum.sweptPacks += right.sweptPacks
    sum.writtenPacks += right.writtenPacks
    sum.fenced += right.fenced
    sum.busy += right.busy
    sum.deaths += right.deaths
    sum.failedTasks += right.failedTasks
    sum.reads += right.reads
    sum.checks += right.checks
    sum.repairs += right.repairs
    return sum
  }
}

extension Tally {
  /// The numbers for a person.
  package var lines: [String] {
    [
      "\(steps) steps, \(deaths) deaths, \(failedTasks) tasks that failed, \(busy) of them since another was at work",
      "\(snapshots) snapshots, \(restarts) backups that started again, \(forgotten) forgotten, \(rewritten) replaced, \(reads) restored beside the rest",
      "\(prunes) prunes: \(sweptPacks) packs removed, \(writtenPacks) written, \(fenced) sessions fenced off",
      "\(repairs) repairs of the index, \(checks) checks",
    ]
  }
}
