import Glibc

/// The symbolic links that udev keeps, by which block devices are found by what is on them.
public struct DeviceLinks: Sendable {
  /// A kind of link: the name of a directory of them.
  public enum Kind: String, CaseIterable, Sendable {
    case label = "by-label"
    case uuid = "by-uuid"
    case id = "by-id"
  }

  /// The links of this machine.
  public static let system = DeviceLinks(directory: "/dev/disk")

  private let directory: String

  /// The links below a directory; a machine may have none.
  public init(directory: String) {
    self.directory = directory
  }

  /// The path of the device that has a name of this kind; nil if none has.
  public func device(_ kind: Kind, _ name: String) -> PathBytes? {
    guard let link = FileName(Self.encoded(name)) else { return nil }
    return PathBytes("\(directory)/\(kind.rawValue)").flatMap { Self.resolved($0.appending(link)) }
  }

  /// A name of this kind that a device has; nil if it has none. Where it has several it is the first of them.
  public func name(_ kind: Kind, of device: PathBytes) -> String? {
    guard let device = Self.resolved(device), let path = PathBytes("\(directory)/\(kind.rawValue)"),
      let links = try? Directory(at: path), let names = try? links.entries()
    else { return nil }
    return names.map(\.name).sorted().first { Self.resolved(path.appending($0)) == device }
      .map { String(decoding: $0.bytes, as: UTF8.self) }
  }

  /// The path without symbolic links; nil if there is nothing.
  public static func resolved(_ path: PathBytes) -> PathBytes? {
    guard let resolved = path.withCString({ realpath($0, nil) }) else { return nil }
    defer { free(resolved) }
    return PathBytes(UnsafeRawBufferPointer(start: resolved, count: strlen(resolved)))
  }

  /// As udev writes what a name of its links can't hold: `\x` and two digits.
  private static func encoded(_ name: String) -> String {
    name.unicodeScalars.map { scalar in
      let isPlain =
        !scalar.isASCII || scalar.properties.isAlphabetic || "0123456789#+-.:=@_".unicodeScalars.contains(scalar)
      return isPlain ? String(scalar) : "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
    }.joined()
  }
}
