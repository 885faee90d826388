/// A file system, or a part of one, and where it is mounted.
public struct Mount: Hashable, Sendable {
  /// The kernel's number for it, which `FileStatus.mount` has too.
  public let id: UInt64
  /// What of the file system is to be seen there: `/` for all of it.
  public let root: PathBytes
  /// The directory that it is mounted on.
  public let point: PathBytes
  /// Whether nothing can be written, by the mount's options or the file system's.
  public let isReadOnly: Bool
  /// The kind of file system, such as `ext4`.
  public let type: String
  /// What it is on: a device's path or, for others than those of block devices, anything.
  public let source: PathBytes

  /// A line of mountinfo(5); nil if it isn't one.
  init?(line: ArraySlice<UInt8>) {
    let fields = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    // Between the sixth field and the dash any number of optional ones may come.
    guard fields.count >= 10, let id = UInt64(Self.text(fields[0])),
      let dash = fields[6...].firstIndex(where: { $0.elementsEqual([UInt8(ascii: "-")]) }), dash + 3 < fields.count,
      let root = PathBytes(Self.unescaped(fields[3])), let point = PathBytes(Self.unescaped(fields[4])),
      let source = PathBytes(Self.unescaped(fields[dash + 2]))
    else { return nil }
    self.id = id
    self.root = root
    self.point = point
    self.source = source
    type = Self.text(fields[dash + 1])
    isReadOnly = [fields[5], fields[dash + 3]].contains { options in
      options.split(separator: UInt8(ascii: ",")).contains { $0.elementsEqual("ro".utf8) }
    }
  }

  private static func text(_ field: ArraySlice<UInt8>) -> String { String(decoding: field, as: UTF8.self) }

  /// The field without the octal numbers that stand for spaces, line feeds and backslashes.
  private static func unescaped(_ field: ArraySlice<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = field
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\"), rest.count >= 3, let value = UInt8(text(rest.prefix(3)), radix: 8) else {
        bytes.append(byte)
        continue
      }
      bytes.append(value)
      rest = rest.dropFirst(3)
    }
    return bytes
  }
}
