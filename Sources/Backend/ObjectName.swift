/// The validated name of one stored object: an area and a name inside it.
///
/// Names are 1 to 80 bytes of `a`–`z`, `0`–`9` and `-`, and begin with a letter or a digit. So a name is never `.`,
/// `..`, hidden, an option of some command, or a path; nor does it depend on how a file system folds case. The name
/// of a pack or of parity begins with two hexadecimal digits, by which backends may spread them over directories.
public struct ObjectName: Hashable, Sendable {
  /// The longest name, in bytes.
  public static let maximumLength = 80

  /// The repository's one configuration object.
  public static let config = ObjectName(area: .config, validatedName: "config")

  /// The area that the object stands in.
  public let area: ObjectArea

  /// The name inside its area.
  public let name: String

  private init(area: ObjectArea, validatedName: String) {
    self.area = area
    self.name = validatedName
  }

  /// A name in an area.
  ///
  /// - Throws: `.invalidName` if `name` breaks one of the rules above, or if `area` is `.config` and `name` is not
  ///   `config`.
  public init(_ area: ObjectArea, _ name: String) throws(BackendError) {
    guard Self.isValid(name, in: area) else {
      throw BackendError(
        code: .invalidName, message: "\(name.debugDescription) can't name an object in \(area.rawValue)")
    }
    self.init(area: area, validatedName: name)
  }

  /// The first two hexadecimal digits in an area that is spread; the empty string in every other.
  package var fanOut: Substring {
    area.isSpread ? name.prefix(2) : ""
  }

  private static func isValid(_ name: String, in area: ObjectArea) -> Bool {
    let bytes = name.utf8
    guard (1...maximumLength).contains(bytes.count), bytes.first != UInt8(ascii: "-"), bytes.allSatisfy(isAllowed)
    else { return false }
    switch area {
    case .config: return name == config.name
    case .packs, .parity: return bytes.count >= 2 && bytes.prefix(2).allSatisfy(isHexadecimal)
    case .keys, .index, .snapshots, .intents, .tombstones, .sweeps: return true
    }
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
    default: false
    }
  }

  /// Whether a byte is a lower-case hexadecimal digit.
  static func isHexadecimal(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
    default: false
    }
  }
}

extension ObjectName: Comparable {
  /// Orders by the bytes of the name, then by area.
  public static func < (left: ObjectName, right: ObjectName) -> Bool {
    (left.name, left.area.rawValue) < (right.name, right.area.rawValue)
  }
}

extension ObjectName: CustomStringConvertible {
  /// `area/name`, or `config`: how messages name the object, whatever path a backend keeps it under.
  public var description: String {
    area == .config ? name : "\(area.rawValue)/\(name)"
  }
}
