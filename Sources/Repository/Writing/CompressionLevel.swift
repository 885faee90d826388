import Format

/// How much work goes into making what is stored small. It can differ from run to run: every frame is read alike.
public enum CompressionLevel: String, CaseIterable, Sendable {
  /// Files are stored as they are. Directories are compressed nevertheless: it costs next to nothing.
  case off
  /// Faster than the default, and larger.
  case fastest
  /// What gains most for its time.
  case `default`
  /// Smaller, and slower.
  case better
  /// The smallest, and very slow.
  case max

  /// zstd's level for frames of a kind; nil to store them as they are. The figures behind it are in ARCHITECTURE.md.
  func zstdLevel(for kind: PackKind) -> Int? {
    switch self {
    case .off: kind == .data ? nil : CompressionLevel.default.zstdLevel(for: kind)
    case .fastest: 1
    case .default: 3
    case .better: 7
    case .max: 19
    }
  }
}
