import ArgumentParser
import Repository

/// A part of the stored data, as "n/t", "n%" or a size.
struct DataSubset: ExpressibleByArgument {
  let selection: CheckOptions.DataSelection

  init?(argument: String) {
    let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
    if parts.count == 2 {
      guard let number = UInt64(parts[0]), let count = UInt64(parts[1]), 1 <= number, number <= count else {
        return nil
      }
      selection = .part(number: number, count: count)
    } else if argument.hasSuffix("%") {
      guard let share = Double(argument.dropLast()), share > 0, share <= 100 else { return nil }
      selection = .percentage(share, seed: .random(in: 0...UInt64.max))
    } else {
      guard let size = SizeArgument(argument), size.bytes > 0 else { return nil }
      selection = .bytes(size.bytes, seed: .random(in: 0...UInt64.max))
    }
  }
}
