/// A path, a symbolic link's target or another file system string: any bytes but NUL, in no particular encoding.
///
/// The bytes are kept with a terminating NUL, so that lending them to a system call costs nothing. Order and equality are
/// those of the bytes.
public struct PathBytes: Sendable {
  /// The bytes and one NUL behind them. No other element is zero, so comparing with the terminator orders as without it.
  let terminated: [UInt8]

  /// The path of no bytes.
  public static let empty = PathBytes(terminated: [0])

  init(terminated: [UInt8]) {
    self.terminated = terminated
  }

  /// A path of `bytes`, or nil if they contain a NUL.
  public init?(_ bytes: some Collection<UInt8>) {
    guard !bytes.contains(0) else { return nil }
    var terminated: [UInt8] = []
    terminated.reserveCapacity(bytes.count + 1)
    terminated.append(contentsOf: bytes)
    terminated.append(0)
    self.terminated = terminated
  }

  /// A path of the string's UTF-8, or nil if it contains a NUL.
  public init?(_ string: String) {
    self.init(string.utf8)
  }

  /// Copies bytes that are known to hold no NUL.
  @inline(__always)
  init(copying bytes: UnsafeRawBufferPointer) {
    terminated = [UInt8](unsafeUninitializedCapacity: bytes.count + 1) { target, count in
      UnsafeMutableRawBufferPointer(target).copyMemory(from: bytes)
      target[bytes.count] = 0
      count = bytes.count + 1
    }
  }

  /// The number of bytes.
  public var count: Int { terminated.count - 1 }

  /// Whether there are no bytes.
  public var isEmpty: Bool { count == 0 }

  /// The bytes, without a terminator.
  public var bytes: ArraySlice<UInt8> { terminated.dropLast() }

  /// Lends the bytes, without a terminator, for the time of the call.
  @inline(__always)
  public func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try terminated.withUnsafeBufferPointer { buffer throws(Failure) in
      try body(UnsafeRawBufferPointer(start: buffer.baseAddress, count: buffer.count - 1))
    }
  }

  /// Lends the bytes as a C string for the time of the call.
  @inline(__always)
  public func withCString<Result, Failure: Error>(
    _ body: (UnsafePointer<CChar>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try terminated.withUnsafeBufferPointer { buffer throws(Failure) in
      // An array with an element has an address, and there is always the terminator.
      guard let base = buffer.baseAddress else { preconditionFailure("a path without its terminator") }
      return try body(UnsafeRawPointer(base).assumingMemoryBound(to: CChar.self))
    }
  }

  /// This path, a slash where one is needed, and `name`.
  public func appending(_ name: FileName) -> PathBytes {
    var joined: [UInt8] = []
    joined.reserveCapacity(count + name.path.count + 2)
    joined.append(contentsOf: bytes)
    if let last = joined.last, last != UInt8(ascii: "/") { joined.append(UInt8(ascii: "/")) }
    joined.append(contentsOf: name.path.terminated)
    return PathBytes(terminated: joined)
  }
}

extension PathBytes: Hashable, Comparable {
  /// Whether both have the same bytes.
  public static func == (left: PathBytes, right: PathBytes) -> Bool {
    left.terminated == right.terminated
  }

  /// Whether `left` comes before `right` by unsigned bytes, the shorter first where one begins the other.
  public static func < (left: PathBytes, right: PathBytes) -> Bool {
    left.withCString { left in right.withCString { right in SystemCall.compare(left, right) < 0 } }
  }

  /// Feeds the bytes to `hasher`.
  public func hash(into hasher: inout Hasher) {
    // With the terminator, so that neighbouring paths in one hasher stay apart.
    terminated.withUnsafeBytes { hasher.combine(bytes: $0) }
  }
}

extension PathBytes: ExpressibleByStringLiteral, CustomStringConvertible {
  /// A path written in the source; it must not contain a NUL.
  public init(stringLiteral value: String) {
    guard let path = PathBytes(value) else { preconditionFailure("a path literal contains a NUL") }
    self = path
  }

  /// The same as `escaped`.
  public var description: String { escaped }

  /// The path for a terminal: see `ByteEscaping`.
  public var escaped: String { withBytes { ByteEscaping.escape($0) } }
}
