import ArgumentParser
import Cryptography
import Format
import Repository

/// How much work a guess at the password of a new key slot takes.
struct KeyCost: ParsableArguments {
  @Option(
    name: .customLong("kdf-cost"),
    help: ArgumentHelp(
      "The work to open the key slot with a password, as a power of two from 13 to 20; each step doubles time and memory (16: 64 MiB).",
      valueName: "n"))
  var exponent: UInt8 = 16

  /// As much memory as was asked for; passes and lanes are the standard ones.
  var cost: Argon2id.Cost {
    var cost = Argon2id.Cost.standard
    cost.memory = 1 << UInt32(exponent)
    return cost
  }

  func validate() throws {
    guard 13...20 ~= exponent else { throw ValidationError("--kdf-cost is from 13 to 20") }
  }
}
