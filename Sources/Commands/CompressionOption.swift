import ArgumentParser
import Repository

/// How small what is stored is made.
struct CompressionOption: ParsableArguments {
  @Option(
    name: .customLong("compression"),
    help: ArgumentHelp(
      """
      How small to make what is stored: default, fastest (larger), better (smaller, slower), max (smallest, very slow) or \
      off.
      """, valueName: "level"))
  private var argument: CompressionArgument?

  var level: CompressionLevel { argument?.level ?? .default }
}

private struct CompressionArgument: ExpressibleByArgument {
  static let allValueStrings = CompressionLevel.allCases.map(\.rawValue)

  let level: CompressionLevel

  init?(argument: String) {
    guard let level = CompressionLevel(rawValue: argument) else { return nil }
    self.level = level
  }
}
