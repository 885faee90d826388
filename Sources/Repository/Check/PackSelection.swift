import Cryptography
import Format

extension CheckOptions.DataSelection {
  /// The packs to read, in the order of their names, or those first that were never found good or longest ago.
  ///
  /// - Parameter times: when packs were found good, in seconds.
  func choose(
    from packs: [ListedPack], times: [PackID: Int64] = [:], oldestFirst: Bool = false
  ) throws(RepositoryError) -> [ListedPack] {
    let chosen = try select(from: packs, times: times)
    guard oldestFirst else { return chosen }
    return chosen.sorted { (times[$0.id] ?? .min, $0.id) < (times[$1.id] ?? .min, $1.id) }
  }

  private func select(from packs: [ListedPack], times: [PackID: Int64]) throws(RepositoryError) -> [ListedPack] {
    switch self {
    case .none:
      return []
    case .all:
      return packs
    case .part(let number, let count):
      guard count > 0, (1...count).contains(number) else {
        throw RepositoryError(.invalidArgument, "there is no part \(number) of \(count)")
      }
      // Names are hashes, so a part holds the same packs whenever it is asked for.
      return packs.filter { $0.id.leadingBits % count == number - 1 }
    case .percentage(let percentage, let seed):
      guard percentage >= 0, percentage <= 100 else {
        throw RepositoryError(.invalidArgument, "\(percentage) is no percentage")
      }
      let total = packs.reduce(UInt64(0)) { $0 + $1.length }
      return Self.random(packs, bytes: UInt64(Double(total) * percentage / 100), seed: seed)
    case .bytes(let bytes, let seed):
      return Self.random(packs, bytes: bytes, seed: seed)
    case .notVerified(let since):
      return packs.filter { times[$0.id].map { $0 < since.seconds } ?? true }
    }
  }

  /// Whether the order of packs is that of the times when they were found good.
  var isByAge: Bool { if case .notVerified = self { true } else { false } }

  private static func random(_ packs: [ListedPack], bytes: UInt64, seed: UInt64) -> [ListedPack] {
    var generator = SplitMix64(state: seed)
    var chosen: [ListedPack] = []
    var sum: UInt64 = 0
    for pack in packs.shuffled(using: &generator) where sum < bytes {
      chosen.append(pack)
      sum += pack.length
    }
    return chosen.sorted { $0.id < $1.id }
  }
}

extension PackID {
  fileprivate var leadingBits: UInt64 {
    digest.withUnsafeBytes { UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)) }
  }
}

/// Numbers that a seed determines; fit for choosing, not for secrets.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
