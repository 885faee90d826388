// Swift takes texts for equal that only look alike: those whose bytes differ are other paths, hosts and tags.

extension String {
  /// Whether both are the same bytes.
  package func hasSameBytes(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}

extension Sequence<String> {
  /// Whether one of them is the same bytes as `text`.
  package func containsBytes(of text: String) -> Bool { contains { $0.hasSameBytes(as: text) } }

  /// Whether both are the same texts in the same order, byte by byte.
  package func haveSameBytes(as other: some Sequence<String>) -> Bool {
    elementsEqual(other) { $0.hasSameBytes(as: $1) }
  }
}
