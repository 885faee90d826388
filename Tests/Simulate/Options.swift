import Glibc

/// What is asked for on the command line.
struct Options {
  var seeds: UInt64 = 10_000
  var first: UInt64 = 1
  var jobs = 2
  var replayed: UInt64?
  var isTraced = false
  var makesTemplate = false

  init(_ arguments: some Sequence<String>) {
    var rest = Array(arguments)[...]
    func number() -> UInt64 {
      guard let number = rest.popFirst().flatMap({ UInt64($0) }) else { Self.refuse() }
      return number
    }
    while let argument = rest.popFirst() {
      switch argument {
      case "--seeds": seeds = number()
      case "--from": first = number()
      case "--jobs": jobs = Int(number())
      case "--replay": replayed = number()
      case "--trace": isTraced = true
      case "--template": makesTemplate = true
      default: Self.refuse()
      }
    }
  }

  private static func refuse() -> Never {
    print("usage: simulate [--seeds N] [--from SEED] [--jobs N] [--replay SEED [--trace]]")
    exit(2)
  }
}
