import Format

extension Sequence<String> {
  /// The texts in the order of their bytes, each once. Swift takes texts for equal that only look alike.
  func distinctByBytes() -> [String] {
    var distinct: [String] = []
    for text in sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    where distinct.last.map({ $0.hasSameBytes(as: text) }) != true {
      distinct.append(text)
    }
    return distinct
  }
}
