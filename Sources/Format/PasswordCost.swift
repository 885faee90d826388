public import Cryptography

extension Limits {
  /// Whether a key slot may ask for so much work.
  public static func allows(_ cost: Argon2id.Cost) -> Bool {
    passwordMemory ~= cost.memory && passwordPasses ~= cost.passes && passwordLanes ~= cost.lanes
  }
}

extension Argon2id.Cost {
  /// What new key slots ask for: the second recommended option of RFC 9106, 64 MiB.
  public static let standard = Self(memory: 64 << 10, passes: 3, lanes: 4)
  /// The least that a key slot may ask for, which is enough for tests.
  package static let least = Self(
    memory: Limits.passwordMemory.lowerBound, passes: Limits.passwordPasses.lowerBound,
    lanes: Limits.passwordLanes.lowerBound)
}
