/// The place that `-r` names.
struct RepositoryLocation: Sendable, Equatable {
  /// The directory.
  let path: String

  static let variable = "FIRN_REPOSITORY"

  /// The place that the option names, or FIRN_REPOSITORY.
  /// - Throws: a usage error when neither is given, or when the place is of a kind that can't be used.
  init(_ option: String?, environment: Environment) throws(CommandError) {
    let text = option ?? environment[Self.variable].map { String(decoding: $0, as: UTF8.self) }
    guard let text, !text.isEmpty else {
      throw CommandError(.usage, "no repository given: use -r PLACE or set \(Self.variable)")
    }
    if let scheme = Self.scheme(of: text) {
      throw CommandError(
        .usage,
        "\"\(scheme):\" repositories are not supported yet; for a directory of that name write ./\(Terminal.escaped(text.utf8))"
      )
    }
    path = text
  }

  /// What is before a colon, if it could be a scheme: two characters or more, and no slash.
  private static func scheme(of text: String) -> String? {
    guard let colon = text.firstIndex(of: ":") else { return nil }
    let scheme = text[..<colon]
    let isScheme =
      scheme.count >= 2 && scheme.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+.-".contains($0)) }
    return isScheme && scheme.first?.isLetter == true ? String(scheme) : nil
  }
}
