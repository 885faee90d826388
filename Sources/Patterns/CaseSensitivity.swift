/// Whether letters that differ only in case are the same letter to a pattern.
public enum CaseSensitivity: Sendable, Hashable {
  /// Bytes are compared as they are.
  case sensitive
  /// Letters are compared after simple lower-casing: one scalar to one scalar, so "ß" is never "SS".
  case insensitive
}
