import Glibc
import Simulation
import Synchronization
import Threads

// Runs schedules: `Simulate [--seeds N] [--from SEED] [--jobs N] [--replay SEED [--trace]]`. With `--template` it prints what
// `Template` is to hold after the format of key slots has changed.
let options = Options(CommandLine.arguments.dropFirst())
if options.makesTemplate {
  print(try Template.make())
  exit(0)
}
let simulation = try Simulation()

if let seed = options.replayed {
  let outcome = try simulation.run(seed, traced: true)
  if options.isTraced { outcome.trace.forEach { print($0) } }
  outcome.violations.forEach { print("seed \(seed): \($0)") }
  print("seed \(seed): \(outcome.violations.isEmpty ? "all is well" : "VIOLATED"), fingerprint \(outcome.fingerprint)")
  exit(outcome.violations.isEmpty ? 0 : 1)
}

let run = Run(simulation, options)
let clock = ContinuousClock()
let duration = clock.measure {
  WorkerThreads.run(options.jobs) { _ in run.work() }
}
let (tally, done, failed) = run.result
let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
print(tally.lines.joined(separator: "\n"))
print("\(done) schedules, \(failed) violated, in \(Int(seconds)) s: \(Int(Double(done) / seconds)) a second")
exit(failed == 0 && done > 0 ? 0 : 1)
