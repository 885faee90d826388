import FileSystem

/// Where a repository's objects lie under its directory.
///
/// ```
/// config  keys/<name>  packs/<first two digits>/<name>  index/<name>  snapshots/<name>  intents/…  tombstones/…  sweeps/…
/// parity/<first two digits>/<name>   quarantine/<area>-<name>-<n>   both made when something is first put there
/// tmp/<32 hexadecimal digits>   staged uploads       reserve   space set aside for pruning a full disk
/// ```
enum LocalLayout {
  static let staging: FileName = "tmp"
  static let reserve: FileName = "reserve"
  static let quarantine: FileName = "quarantine"
  /// What mkfs makes at the top of a file system; no part of a repository.
  static let lostAndFound: FileName = "lost+found"

  /// The areas that have a directory in every repository: not `.config`, whose object lies in the repository's directory
  /// itself, nor `.parity`, which few need.
  static let directoryAreas = ObjectArea.allCases.filter { $0 != .config && $0 != .parity }

  /// The directories that a repository may have or not.
  static let laterDirectories = [directory(of: .parity), quarantine]

  /// The directories of every repository.
  static let directories = directoryAreas.map(directory) + [staging]

  /// Those of them that are empty while nobody is at work. Tools that copy files alone leave them out; so a repository that lacks
  /// them gets them again when it is opened.
  static let passingDirectories = [ObjectArea.intents, .tombstones, .sweeps].map(directory) + [staging]

  /// The name of an area's directory.
  static func directory(of area: ObjectArea) -> FileName {
    FileName(ofLayout: area.rawValue)
  }

  /// The object's path relative to the directory of its area, for messages.
  static func path(of name: ObjectName) -> String {
    name.area.isSpread ? "\(name.fanOut)/\(name.name)" : name.name
  }

  /// A name for a staged upload that nothing else has.
  static func newStagingName() -> FileName {
    var generator = SystemRandomNumberGenerator()
    let digits = (0..<2).map { _ in
      let digits = String(generator.next() as UInt64, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }
    return FileName(ofLayout: digits.joined())
  }

  /// The name of an object in the quarantine, where `count` of this name are already.
  static func quarantineName(of name: ObjectName, after count: Int) -> FileName {
    FileName(ofLayout: "\(name.area.rawValue)-\(name.name)-\(count + 1)")
  }

  static func isStagingName(_ name: String) -> Bool {
    name.utf8.count == 32 && name.utf8.allSatisfy(ObjectName.isHexadecimal)
  }

  static func isFanOut(_ name: String) -> Bool {
    name.utf8.count == 2 && name.utf8.allSatisfy(ObjectName.isHexadecimal)
  }
}

extension ObjectName {
  /// The name of the object's file.
  var fileName: FileName { FileName(ofLayout: name) }

  /// The name of the directory in its area's that holds an object of an area that is spread.
  var fanOutDirectory: FileName { FileName(ofLayout: String(fanOut)) }
}

extension FileName {
  /// A name of which the rules of the layout are stricter than the file system's.
  fileprivate init(ofLayout name: String) {
    guard let name = FileName(name) else { preconditionFailure("no file can be called \(name.debugDescription)") }
    self = name
  }

  /// The name as text if it is ASCII, as all names that the layout uses are.
  var asciiText: String? {
    bytes.allSatisfy { $0 < 0x80 } ? displayText : nil
  }

  /// The name for reports: bytes that are not UTF-8 are shown as replacement characters.
  var displayText: String { String(decoding: bytes, as: UTF8.self) }
}
