/// What a hot loop of Firn does in a second, and what the machine can do at best.
struct Loop {
  enum Unit: String {
    case bytes = "B/s"
    case operations = "/s"
  }

  let name: String
  let unit: Unit
  let rate: Double
  /// What it is compared with: the same work, or the least that has to be done, without anything of Firn's.
  let limit: String
  let limitRate: Double

  init(_ name: String, _ unit: Unit, _ rate: Double, limit: String, _ limitRate: Double) {
    self.name = name
    self.unit = unit
    self.rate = rate
    self.limit = limit
    self.limitRate = limitRate
  }

  /// Three digits and a prefix.
  static func text(_ rate: Double, _ unit: Unit) -> String {
    let (value, prefix) =
      switch rate {
      case 1e9...: (rate / 1e9, "G")
      case 1e6...: (rate / 1e6, "M")
      default: (rate / 1e3, "k")
      }
    let digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
    let scale = [1.0, 10, 100][digits]
    var text = "\((value * scale).rounded() / scale)"
    if digits == 0 { text.removeLast(2) }
    return "\(text) \(prefix)\(unit.rawValue)"
  }
}

enum Report {
  /// A Markdown table.
  static func table(_ loops: [Loop]) -> String {
    var lines = ["| loop, one core | Firn | limit | | Firn ÷ limit |", "|---|---|---|---|---|"]
    for loop in loops {
      let share = (loop.rate / loop.limitRate * 100).rounded() / 100
      lines.append(
        "| \(loop.name) | \(Loop.text(loop.rate, loop.unit)) | \(loop.limit) | "
          + "\(Loop.text(loop.limitRate, loop.unit)) | \(share) |")
    }
    return lines.joined(separator: "\n")
  }

  /// An array of objects, rates in bytes or operations per second. No name holds a character that JSON escapes.
  static func json(_ loops: [Loop]) -> String {
    let objects = loops.map { loop in
      "  {\"loop\": \"\(loop.name)\", \"unit\": \"\(loop.unit.rawValue)\", \"rate\": \(loop.rate), "
        + "\"limit\": \"\(loop.limit)\", \"limitRate\": \(loop.limitRate)}"
    }
    return "[\n\(objects.joined(separator: ",\n"))\n]"
  }
}
