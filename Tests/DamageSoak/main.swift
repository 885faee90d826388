import RepositoryFixture

// Damages every kind of stored object in many ways: `DamageSoak [mutations of each kind of object] [seed]`.
let arguments = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
let count = Int(arguments.first ?? 100_000)
let seed = arguments.dropFirst().first ?? 1
let areas = DamageSoak.areas

var failed = 0
for area in areas {
  let clock = ContinuousClock()
  var lines: [String] = []
  let duration = try clock.measure {
    let soak = try DamageSoak()
    soak.run(area, count: count, seed: seed)
    lines = soak.summary(of: area)
    failed += soak.failures.count
  }
  print(lines.joined(separator: "\n"), "(\(duration.components.seconds) s)")
}
print(failed == 0 ? "nothing went unnoticed" : "\(failed) failures")
if failed != 0 { fatalError("damage went unnoticed") }
