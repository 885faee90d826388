// ProtocolModel [RULE] [key=value…]
var bounds = Bounds()
var broken = BrokenRule.none
var limit = 60_000_000
for argument in CommandLine.arguments.dropFirst() {
  let parts = argument.split(separator: "=").map(String.init)
  let value = parts.count > 1 ? Int(parts[1]) ?? 0 : 1
  switch parts[0] {
  case "w": bounds.writers = value
  case "a": bounds.attempts = value
  case "p": bounds.prunes = value
  case "rewriter": bounds.rewriter = true
  case "early": bounds.early = true
  case "adopts": bounds.adopts = true
  case "repacks": bounds.repacks = true
  case "clears": bounds.clears = true
  case "abandons": bounds.abandons = true
  case "limit": limit = value
  default:
    guard let rule = BrokenRule(rawValue: parts[0]) else { fatalError(parts[0]) }
    broken = rule
  }
}
var explorer = Explorer(Model(bounds, broken: broken))
let clock = ContinuousClock()
var outcome = Explorer.Outcome.safe
let time = clock.measure { outcome = explorer.run(limit: limit) }
switch outcome {
case .safe: print(broken.rawValue, "safe:", explorer.count, "states", time)
case .unfinished: print(broken.rawValue, "unfinished:", explorer.count, "states", time)
case .violated(let what, let trace):
  print(broken.rawValue, "VIOLATED:", what, "after", explorer.count, "states", time)
  for label in trace { print("  ", label) }
}
