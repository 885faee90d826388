/// The kinds of message of the SFTP protocol, version 3 (draft-ietf-secsh-filexfer-02), that are used.
enum SFTPMessage: UInt8 {
  case initialize = 1
  case version = 2
  case open = 3
  case close = 4
  case read = 5
  case write = 6
  case lstat = 7
  case fstat = 8
  case setstat = 9
  case fsetstat = 10
  case opendir = 11
  case readdir = 12
  case remove = 13
  case mkdir = 14
  case realpath = 16
  case status = 101
  case handle = 102
  case data = 103
  case name = 104
  case attributes = 105
  case extended = 200
  case extendedReply = 201
}

/// What OpenSSH's server has beyond the protocol.
public enum SFTPExtension: String, CaseIterable, Sendable {
  case fsync = "fsync@openssh.com"
  case hardlink = "hardlink@openssh.com"
  case posixRename = "posix-rename@openssh.com"
  case statvfs = "statvfs@openssh.com"
  case limits = "limits@openssh.com"
}

/// What a server says about a file; each part may be missing.
public struct SFTPAttributes: Hashable, Sendable {
  /// The length in bytes.
  public var size: UInt64?
  /// Type and mode, as in `st_mode`.
  public var permissions: UInt32?
  /// The time of the last change of the content, in seconds since 1970.
  public var modified: UInt32?

  /// Whether it is a regular file; nil if the server doesn't say.
  public var isRegularFile: Bool? { permissions.map { $0 & 0o170000 == 0o100000 } }
  /// Whether it is a directory; nil if the server doesn't say.
  public var isDirectory: Bool? { permissions.map { $0 & 0o170000 == 0o040000 } }

  init() {}

  init?(_ reader: inout WireReader) {
    guard let flags = reader.uint32() else { return nil }
    if flags & 1 != 0 {
      guard let size = reader.uint64() else { return nil }
      self.size = size
    }
    if flags & 2 != 0 { guard reader.uint32() != nil, reader.uint32() != nil else { return nil } }
    if flags & 4 != 0 {
      guard let permissions = reader.uint32() else { return nil }
      self.permissions = permissions
    }
    if flags & 8 != 0 {
      guard reader.uint32() != nil, let modified = reader.uint32() else { return nil }
      self.modified = modified
    }
    if flags & 0x8000_0000 != 0 {
      guard let count = reader.uint32() else { return nil }
      // Each takes eight bytes at least, so a lie about their number ends soon.
      for _ in 0..<count { guard reader.string() != nil, reader.string() != nil else { return nil } }
    }
  }
}

/// A name in a directory, as the server says it: any bytes.
public struct SFTPName: Hashable, Sendable {
  /// The bytes of the name.
  public let bytes: [UInt8]
  /// What is known about it; of a symbolic link, about itself.
  public let attributes: SFTPAttributes
}

/// A server's answer to one request.
enum SFTPReply {
  case status(UInt32, message: String)
  case handle([UInt8])
  case data(ArraySlice<UInt8>)
  case names([SFTPName])
  case attributes(SFTPAttributes)
  case extended(ArraySlice<UInt8>)

  // As the protocol has it, and OpenSSH.
  private static let handleLimit = 256
  private static let messageLimit = 1_024

  /// The number of the request that a packet answers; nil for what is no answer.
  static func request(of packet: ArraySlice<UInt8>) -> UInt32? {
    var reader = WireReader(packet)
    return reader.byte() == nil ? nil : reader.uint32()
  }

  /// The answer in a packet; nil for what is none.
  init?(_ packet: ArraySlice<UInt8>) {
    var reader = WireReader(packet)
    guard let type = reader.byte().flatMap(SFTPMessage.init), reader.uint32() != nil,
      let reply = Self.body(type, &reader)
    else { return nil }
    self = reply
  }

  private static func body(_ type: SFTPMessage, _ reader: inout WireReader) -> SFTPReply? {
    switch type {
    case .status:
      guard let code = reader.uint32() else { return nil }
      let text = reader.string().map { String(decoding: $0.prefix(messageLimit), as: UTF8.self) }
      return .status(code, message: text ?? "")
    case .handle: return reader.string(limit: handleLimit).map { .handle(Array($0)) }
    case .data: return reader.string().map { .data($0) }
    case .name: return names(&reader).map { .names($0) }
    case .attributes: return SFTPAttributes(&reader).map { .attributes($0) }
    case .extendedReply: return .extended(reader.rest)
    default: return nil
    }
  }

  private static func names(_ reader: inout WireReader) -> [SFTPName]? {
    guard let count = reader.uint32() else { return nil }
    var names: [SFTPName] = []
    // No room is made for as many as are announced: each takes twelve bytes of the packet at least, which is bounded.
    for _ in 0..<count {
      guard let name = reader.string(), reader.string() != nil, let attributes = SFTPAttributes(&reader) else {
        return nil
      }
      names.append(SFTPName(bytes: Array(name), attributes: attributes))
    }
    return names
  }
}
