/// Paths in snapshots: bytes, absolute, components separated by one slash.
public enum SnapshotPath {
  /// What separates components.
  public static let separator = UInt8(ascii: "/")

  /// The directory `/`.
  public static let root: [UInt8] = [separator]

  /// Whether `path` is `top` or something in it.
  static func isAtOrBelow(_ top: [UInt8], _ path: [UInt8]) -> Bool {
    path.starts(with: top) && (path.count == top.count || top == root || path[top.count] == separator)
  }

  /// `name` in the directory `path`.
  public static func appending(_ name: [UInt8], to path: [UInt8]) -> [UInt8] {
    var joined: [UInt8] = []
    joined.reserveCapacity(path.count + name.count + 1)
    joined.append(contentsOf: path)
    if joined.last != separator { joined.append(separator) }
    joined.append(contentsOf: name)
    return joined
  }
}
