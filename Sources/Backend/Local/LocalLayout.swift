/// Where a repository's objects lie under its directory.
///
/// ```
/// config  keys/<name>  packs/<first two digits>/<name>  index/<name>  snapshots/<name>  intents/…  tombstones/…  sweeps/…
/// tmp/<32 hexadecimal digits>   staged uploads       reserve   space set aside for pruning a full disk
/// ```
enum LocalLayout {
  static let staging = "tmp"
  static let reserve = "reserve"

  /// The areas that have a directory: all but `.config`, whose object lies in the repository's directory itself.
  static let directoryAreas = ObjectArea.allCases.filter { $0 != .config }

  /// The directories of every repository.
  static let directories = directoryAreas.map(\.rawValue) + [staging]

  /// The object's path relative to the directory of its area.
  static func path(of name: ObjectName) -> String {
    name.area == .packs ? "\(name.fanOut)/\(name.name)" : name.name
  }

  /// A name for a staged upload that nothing else has.
  static func newStagingName() -> String {
    var generator = SystemRandomNumberGenerator()
    return (0..<2).map { _ in
      let digits = String(generator.next() as UInt64, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  static func isStagingName(_ name: String) -> Bool {
    name.utf8.count == 32 && name.utf8.allSatisfy(isHexadecimal)
  }

  static func isFanOut(_ name: String) -> Bool {
    name.utf8.count == 2 && name.utf8.allSatisfy(isHexadecimal)
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
    default: false
    }
  }
}
