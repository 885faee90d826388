/// The ways to log in that a server offers: one that wants several proofs asks for the next when it has the first.
struct LoginRounds {
  // Nobody wants more proofs. A server could have keys tried, and somebody asked, without end.
  private static let limit = 4

  /// What is offered now.
  private(set) var methods: [String]
  private var count = 1

  init(_ methods: [String]) { self.methods = methods }

  /// Goes on to what is offered after all of it was tried; false if that is no other proof.
  mutating func goOn(to next: [String]) -> Bool {
    let isOther = Set(next).isStrictSubset(of: methods) || Set(next).isDisjoint(with: methods)
    guard !next.isEmpty, isOther, count < Self.limit else { return false }
    count += 1
    methods = next
    return true
  }
}
