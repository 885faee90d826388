/// Visits every state that can be reached, breadth first.
///
/// States are remembered by 128 bits of a hash: with a hundred million states, two share one with a probability below
/// 10⁻²².
struct Explorer {
  enum Outcome {
    case safe
    case violated(String, trace: [String])
    case unfinished
  }

  private struct Entry {
    var low: UInt64
    var high: UInt64
  }

  private(set) var count = 0
  private var entries: [Entry] = []
  private var parents: [UInt32] = []
  private var table: [UInt32]
  private var model: Model

  init(_ model: Model) {
    self.model = model
    table = Array(repeating: 0, count: 1 << 20)
  }

  mutating func run(limit: Int) -> Outcome {
    var level: [State] = [Model.start]
    _ = insert(Model.start, parent: 0)
    var first = 0
    while !level.isEmpty {
      var following: [State] = []
      let nextFirst = entries.count
      for (offset, state) in level.enumerated() {
        model.follow(state)
        for next in model.states where insert(next, parent: UInt32(first + offset)) {
          if let violation = Model.violation(next) {
            count = entries.count
            return .violated(violation, trace: trace(to: entries.count - 1))
          }
          following.append(next)
        }
      }
      count = entries.count
      if count > limit { return .unfinished }
      level = following
      first = nextFirst
    }
    return .safe
  }

  private static func hash(_ state: State) -> Entry {
    let words = unsafeBitCast(state.words, to: SIMD16<UInt64>.self)
    var low: UInt64 = 0x9E37_79B9_7F4A_7C15
    var high: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    for index in 0..<16 {
      let product = (words[index] ^ low).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
      low = product.low ^ product.high &+ high
      high = (high ^ words[index]) &* 0xFF51_AFD7_ED55_8CCD
      high ^= high >> 29 ^ product.low
    }
    low ^= low >> 32
    high ^= high >> 31
    return Entry(low: low &* 0x9FB2_1C65_1E98_DF25, high: high &* 0xC4CE_B9FE_1A85_EC53)
  }

  private mutating func insert(_ state: State, parent: UInt32) -> Bool {
    if entries.count * 2 > table.count { grow() }
    let entry = Self.hash(state)
    let mask = table.count - 1
    var slot = Int(truncatingIfNeeded: entry.low >> 8) & mask
    while table[slot] != 0 {
      let found = entries[Int(table[slot]) - 1]
      if found.low == entry.low, found.high == entry.high { return false }
      slot = (slot + 1) & mask
    }
    entries.append(entry)
    parents.append(parent)
    table[slot] = UInt32(entries.count)
    return true
  }

  private mutating func grow() {
    table = Array(repeating: 0, count: table.count * 2)
    let mask = table.count - 1
    for (index, entry) in entries.enumerated() {
      var slot = Int(truncatingIfNeeded: entry.low >> 8) & mask
      while table[slot] != 0 { slot = (slot + 1) & mask }
      table[slot] = UInt32(index + 1)
    }
  }

  private func trace(to last: Int) -> [String] {
    var path = [last]
    while let index = path.last, index != 0 { path.append(Int(parents[index])) }
    var tracing = model
    tracing.isTracing = true
    var state = Model.start
    var labels: [String] = []
    for index in path.reversed().dropFirst() {
      tracing.follow(state)
      guard
        let step = tracing.states.firstIndex(where: {
          let entry = Self.hash($0)
          return entry.low == entries[index].low && entry.high == entries[index].high
        })
      else { preconditionFailure("a step of the trace is not found again") }
      state = tracing.states[step]
      labels.append(tracing.labels[step])
    }
    return labels
  }
}
