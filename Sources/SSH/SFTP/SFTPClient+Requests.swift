/// An open file or directory of a server.
public struct SFTPHandle: Hashable, Sendable {
  let bytes: [UInt8]
}

/// How a file is opened.
public struct SFTPOpenFlags: OptionSet, Sendable {
  /// The protocol's bits.
  public let rawValue: UInt32
  /// The protocol's bits.
  public init(rawValue: UInt32) { self.rawValue = rawValue }
  /// For reading.
  public static let read = SFTPOpenFlags(rawValue: 1)
  /// For writing.
  public static let write = SFTPOpenFlags(rawValue: 2)
  /// Make it; there must be none of this name.
  public static let createNew = SFTPOpenFlags(rawValue: 8 | 0x20)
}

/// What a file system has, as far as it matters.
public struct SFTPFileSystem: Hashable, Sendable {
  /// The bytes that are free to this user.
  public let availableBytes: UInt64
  /// The files that can still be made; nil where there is no such limit.
  public let availableFiles: UInt64?
  /// Whether it can't be written to.
  public let isReadOnly: Bool
}

/// What a server takes and gives in one message.
public struct SFTPLimits: Hashable, Sendable {
  /// Bytes of one read.
  public var read: Int
  /// Bytes of one write.
  public var write: Int

  /// Every server takes these.
  public static let least = SFTPLimits(read: 32 << 10, write: 32 << 10)
  // More gains nothing.
  static let most = 128 << 10
}

extension SFTPClient {
  /// Opens a file. On OpenSSH this opens directories too, for flushing them.
  public func open(_ path: [UInt8], _ flags: SFTPOpenFlags, mode: UInt32? = nil) -> Pending<SFTPHandle> {
    submit(.open, "open", path) { request in
      request.string(path)
      request.uint32(flags.rawValue)
      request.uint32(mode == nil ? 0 : 4)
      if let mode { request.uint32(mode) }
    } value: {
      Self.handle($0)
    }
  }

  /// Opens a directory for listing it.
  public func openDirectory(_ path: [UInt8]) -> Pending<SFTPHandle> {
    submit(.opendir, "list", path, { $0.string(path) }, value: Self.handle)
  }

  /// Some of the names in a directory, `.` and `..` among them; nil at the end.
  public func names(in handle: SFTPHandle, _ path: [UInt8]) -> Pending<[SFTPName]?> {
    submit(.readdir, "list", path) {
      $0.string(handle.bytes)
    } value: { reply in
      switch reply {
      case .names(let names): .some(names)
      case .status(SFTPStatus.endOfFile, _): .some(nil)
      default: nil
      }
    }
  }

  /// Closes a file or directory.
  public func close(_ handle: SFTPHandle, _ path: [UInt8]) -> Pending<Void> {
    submit(.close, "close", path, { $0.string(handle.bytes) }, value: Self.success)
  }

  /// Bytes of a file, at most `count`; nil at the end.
  public func bytes(
    of handle: SFTPHandle, _ path: [UInt8], at offset: UInt64, count: Int
  ) -> Pending<ArraySlice<UInt8>?> {
    submit(.read, "read", path) { request in
      request.string(handle.bytes)
      request.uint64(offset)
      request.uint32(UInt32(count))
    } value: { reply in
      switch reply {
      case .data(let bytes): .some(bytes)
      case .status(SFTPStatus.endOfFile, _): .some(nil)
      default: nil
      }
    }
  }

  /// Writes bytes, no more than `limits` has.
  public func write(
    _ handle: SFTPHandle, _ path: [UInt8], at offset: UInt64, _ bytes: UnsafeRawBufferPointer
  ) -> Pending<Void> {
    submit(.write, "write", path) { request in
      request.string(handle.bytes)
      request.uint64(offset)
      request.string(bytes)
    } value: {
      Self.success($0)
    }
  }

  /// What is known about a file, about a symbolic link itself.
  public func attributes(of path: [UInt8]) -> Pending<SFTPAttributes> {
    submit(.lstat, "look up", path, { $0.string(path) }, value: Self.attributes)
  }

  /// What is known about an open file.
  public func attributes(of handle: SFTPHandle, _ path: [UInt8]) -> Pending<SFTPAttributes> {
    submit(.fstat, "look up", path, { $0.string(handle.bytes) }, value: Self.attributes)
  }

  /// Sets the mode of a file.
  public func setMode(_ mode: UInt32, of path: [UInt8]) -> Pending<Void> {
    submit(.setstat, "change the mode of", path) { request in
      request.string(path)
      request.uint32(4)
      request.uint32(mode)
    } value: {
      Self.success($0)
    }
  }

  /// Sets the mode of an open file.
  public func setMode(_ mode: UInt32, of handle: SFTPHandle, _ path: [UInt8]) -> Pending<Void> {
    submit(.fsetstat, "change the mode of", path) { request in
      request.string(handle.bytes)
      request.uint32(4)
      request.uint32(mode)
    } value: {
      Self.success($0)
    }
  }

  /// Makes a directory.
  public func makeDirectory(_ path: [UInt8], mode: UInt32) -> Pending<Void> {
    submit(.mkdir, "make the directory", path) { request in
      request.string(path)
      request.uint32(4)
      request.uint32(mode)
    } value: {
      Self.success($0)
    }
  }

  /// Removes a file's name.
  public func remove(_ path: [UInt8]) -> Pending<Void> {
    submit(.remove, "remove", path, { $0.string(path) }, value: Self.success)
  }

  /// The absolute path without symbolic links; the last part need not exist.
  public func realPath(_ path: [UInt8]) -> Pending<[UInt8]> {
    submit(.realpath, "look up", path) {
      $0.string(path)
    } value: { reply in
      guard case .names(let names) = reply, names.count == 1 else { return nil }
      return names[0].bytes
    }
  }

  /// Removes a file's name if it is there.
  public func removeIfPresent(_ path: [UInt8]) throws(SSHError) {
    do throws(SSHError) {
      try value(of: remove(path))
    } catch let error where error.code == .notFound {
      return
    }
  }

  private static func handle(_ reply: SFTPReply) -> SFTPHandle? {
    guard case .handle(let bytes) = reply else { return nil }
    return SFTPHandle(bytes: bytes)
  }

  private static func attributes(_ reply: SFTPReply) -> SFTPAttributes? {
    guard case .attributes(let attributes) = reply else { return nil }
    return attributes
  }

  private static func success(_ reply: SFTPReply) -> Void? {
    guard case .status(SFTPStatus.ok, _) = reply else { return nil }
    return ()
  }
}

/// What OpenSSH has beyond the protocol. Servers without it answer that they don't.
extension SFTPClient {
  /// Flushes an open file, or a directory that was opened as a file, to stable storage.
  public func flush(_ handle: SFTPHandle, _ path: [UInt8]) -> Pending<Void> {
    extended(.fsync, "flush", path, { $0.string(handle.bytes) }, value: Self.success)
  }

  /// Gives a file a second name, which must be free.
  public func link(_ path: [UInt8], as newPath: [UInt8]) -> Pending<Void> {
    extended(.hardlink, "name", newPath) { request in
      request.string(path)
      request.string(newPath)
    } value: {
      Self.success($0)
    }
  }

  /// Gives a file another name, whatever had that before.
  public func renameReplacing(_ path: [UInt8], to newPath: [UInt8]) -> Pending<Void> {
    extended(.posixRename, "replace", newPath) { request in
      request.string(path)
      request.string(newPath)
    } value: {
      Self.success($0)
    }
  }

  /// What the file system has that a path lies on.
  public func fileSystem(of path: [UInt8]) -> Pending<SFTPFileSystem> {
    extended(.statvfs, "look up the file system of", path) {
      $0.string(path)
    } value: { reply in
      guard case .extended(let bytes) = reply else { return nil }
      var reader = WireReader(bytes)
      let fields = (0..<11).compactMap { _ in reader.uint64() }
      guard fields.count == 11 else { return nil }
      let (available, overflow) = fields[4].multipliedReportingOverflow(by: fields[1])
      // File systems that make files as they please say that they can hold none.
      return SFTPFileSystem(
        availableBytes: overflow ? .max : available, availableFiles: fields[5] == 0 ? nil : fields[7],
        isReadOnly: fields[9] & 1 != 0)
    }
  }

  /// What one message may hold.
  public func limits() -> Pending<SFTPLimits> {
    extended(.limits, "ask for the limits of", Array(peer.utf8)) { _ in
    } value: { reply in
      guard case .extended(let bytes) = reply else { return nil }
      var reader = WireReader(bytes)
      guard reader.uint64() != nil, let read = reader.uint64(), let write = reader.uint64() else { return nil }
      let bounded = { (count: UInt64) in max(SFTPLimits.least.read, Int(min(count, UInt64(SFTPLimits.most)))) }
      return SFTPLimits(read: bounded(read), write: bounded(write))
    }
  }

  /// The error for a server without an extension that is needed.
  public func lacks(_ needed: SFTPExtension) -> SSHError {
    // OpenSSH's doesn't announce what it will not do.
    let isReadOnly = extensions.contains(.statvfs) && extensions.isDisjoint(with: [.fsync, .hardlink, .posixRename])
    return SSHError(
      .unsupported,
      isReadOnly
        ? "the SFTP server \(peer) lets files be read only (as internal-sftp -R does), so nothing can be stored there"
        : "the SFTP server \(peer) lacks \(needed.rawValue), without which nothing can be stored safely; OpenSSH's has it"
    )
  }

  private func extended<Value>(
    _ name: SFTPExtension, _ action: StaticString, _ subject: [UInt8], _ body: (inout SFTPRequests) -> Void,
    value: @escaping (SFTPReply) -> Value?
  ) -> Pending<Value> {
    submit(.extended, action, subject) { request in
      request.string(name.rawValue.utf8)
      body(&request)
    } value: {
      value($0)
    }
  }
}
