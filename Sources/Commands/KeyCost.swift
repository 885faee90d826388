import ArgumentParser
import Format
import Repository

/// How much work a guess at the password of a new key slot takes.
struct KeyCost: ParsableArguments {
  @Option(
    name: .customLong("kdf-cost"),
    help: ArgumentHelp(
      "The work to open the key slot with a password, as a power of two from 14 to 20; each step doubles time and memory (16: 64 MiB).",
      valueName: "n"))
  var exponent: UInt8 = KeySlot.defaultLogN

  func validate() throws {
    guard 14...20 ~= exponent else { throw ValidationError("--kdf-cost is from 14 to 20") }
  }
}
