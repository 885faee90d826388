/// The name of a scheduled job. It is part of file names, unit names and crontab lines, so it is plain.
package struct JobName: Hashable, Sendable, CustomStringConvertible {
  package let description: String

  /// Nil unless `text` is 1 to 64 ASCII letters, digits, `-` and `_` and begins with a letter or digit.
  package init?(_ text: String) {
    guard 1...64 ~= text.utf8.count, text.first.map({ $0.isLetter || $0.isNumber }) == true,
      text.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
    else { return nil }
    description = text
  }
}
