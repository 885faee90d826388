/// The name of one entry in a directory: 1 to 255 bytes without a slash or NUL, and neither `.` nor `..`.
///
/// Having a `FileName` means having checked it: a name from a listing was checked by the kernel, any other by `init(_:)`.
public struct FileName: Hashable, Sendable {
  /// The longest name that Linux allows, in bytes.
  public static let maximumCount = 255

  /// The name as a path of one component.
  public let path: PathBytes

  /// A name of `bytes`, or nil where Linux can have no entry of that name.
  public init?(_ bytes: some Collection<UInt8>) {
    let dot = UInt8(ascii: ".")
    guard
      !bytes.isEmpty, bytes.count <= FileName.maximumCount, !bytes.contains(UInt8(ascii: "/")),
      !bytes.elementsEqual([dot]), !bytes.elementsEqual([dot, dot]),
      let path = PathBytes(bytes)
    else { return nil }
    self.path = path
  }

  /// A name of the string's UTF-8, or nil where Linux can have no entry of that name.
  public init?(_ string: String) {
    self.init(string.utf8)
  }

  /// Copies a name that the kernel listed. The kernel itself refuses listed names that are empty or contain a slash.
  @inline(__always)
  init(listed bytes: UnsafeRawBufferPointer) {
    path = PathBytes(copying: bytes)
  }

  /// The bytes of the name.
  public var bytes: ArraySlice<UInt8> { path.bytes }

  /// Lends the bytes for the time of the call.
  @inline(__always)
  public func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try path.withBytes(body)
  }

  /// Lends the name as a C string for the time of the call.
  @inline(__always)
  public func withCString<Result, Failure: Error>(
    _ body: (UnsafePointer<CChar>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try path.withCString(body)
  }
}

extension FileName: Comparable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// Whether `left` comes before `right` by unsigned bytes, the shorter first where one begins the other.
  public static func < (left: FileName, right: FileName) -> Bool { left.path < right.path }

  /// A name written in the source; it must be a possible name.
  public init(stringLiteral value: String) {
    guard let name = FileName(value) else { preconditionFailure("no entry can be called \(value.debugDescription)") }
    self = name
  }

  /// The same as `escaped`.
  public var description: String { escaped }

  /// The name for a terminal: see `ByteEscaping`.
  public var escaped: String { path.escaped }
}
