import ArgumentParser

/// The names of repositories, caches and password files. They are handed on as Swift strings, so what isn't UTF-8 would come to
/// be the name of something else, and is refused.
enum PlainText {
  /// An argument that is such a name, for `transform`.
  @Sendable static func argument(_ argument: String) throws -> String {
    let bytes = RawArguments.bytes(argument)
    guard let text = String(validating: bytes, as: UTF8.self) else { throw ValidationError(refusal(of: bytes)) }
    return text
  }

  fileprivate static func refusal(of bytes: [UInt8]) -> String {
    "\"\(Terminal.escaped(bytes))\" is not UTF-8, as the names of repositories, caches and password files must be; "
      + "a symbolic link can give it another name"
  }
}

extension Environment {
  /// The value of the variable `name`, which is such a name.
  /// - Throws: a usage error where it isn't UTF-8.
  func text(_ name: String) throws(CommandError) -> String? { try text(self[name], named: name) }

  /// The user's own directory, as ``home``.
  /// - Throws: a usage error where it isn't UTF-8.
  func homeText() throws(CommandError) -> String? { try text(home, named: "HOME") }

  private func text(_ value: [UInt8]?, named name: String) throws(CommandError) -> String? {
    guard let value else { return nil }
    guard let text = String(validating: value, as: UTF8.self) else {
      throw CommandError(.usage, "\(name): \(PlainText.refusal(of: value))")
    }
    return text
  }
}
