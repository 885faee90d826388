import Glibc

extension LocalBackend {
  /// Looks the file up by its name, so an object that another process deleted is missing at once.
  public func size(of name: ObjectName) throws(BackendError) -> UInt64 {
    let status = try mapping("look up", name) { () throws(SystemCallFailure) in
      try directory(of: name.area).status(of: LocalLayout.path(of: name))
    }
    guard let status else { throw missing(name) }
    guard status.isRegularFile else { throw notAFile(name) }
    return UInt64(status.st_size)
  }

  /// Reads through a small cache of open files; a file that lost its name is opened anew.
  public func read(
    _ name: ObjectName, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
  ) throws(BackendError) {
    let (file, size) = try openFile(for: name)
    let (end, overflow) = offset.addingReportingOverflow(UInt64(buffer.count))
    guard !overflow, end <= size else { throw truncated(name, size: size, offset: offset, count: buffer.count) }
    let count = try mapping("read", name) { () throws(SystemCallFailure) in
      try file.descriptor.read(at: offset, into: buffer)
    }
    guard count == buffer.count else { throw truncated(name, size: size, offset: offset, count: buffer.count) }
  }

  /// The object's open file and its size, from the cache if possible.
  private func openFile(for name: ObjectName) throws(BackendError) -> (file: OpenFile, size: UInt64) {
    if let file = openFiles.file(for: name) {
      let status = try mapping("read", name) { () throws(SystemCallFailure) in try file.descriptor.status() }
      // A file without a name was deleted, by whatever process: the name may be free now, or another object's.
      if status.st_nlink > 0 { return (file, UInt64(status.st_size)) }
      openFiles.remove(name)
    }
    let file = try open(name)
    let status = try mapping("read", name) { () throws(SystemCallFailure) in try file.descriptor.status() }
    guard status.isRegularFile else { throw notAFile(name) }
    openFiles.insert(file, for: name)
    return (file, UInt64(status.st_size))
  }

  private func open(_ name: ObjectName) throws(BackendError) -> OpenFile {
    do {
      // Non-blocking, or a FIFO in the object's place would hold the reader for ever.
      return OpenFile(
        try Descriptor(
          opening: LocalLayout.path(of: name), in: directory(of: name.area).number,
          O_RDONLY | O_NOFOLLOW | O_NONBLOCK))
    } catch {
      switch error.number {
      case ENOENT: throw missing(name)
      case ELOOP, ENXIO: throw notAFile(name)
      default:
        throw BackendError(code: error.code, message: "can't open \(path(of: name))", object: name, cause: error)
      }
    }
  }

  private func missing(_ name: ObjectName) -> BackendError {
    BackendError(code: .notFound, message: "there is no \(path(of: name))", object: name)
  }

  private func notAFile(_ name: ObjectName) -> BackendError {
    BackendError(code: .notAFile, message: "\(path(of: name)) is not a regular file", object: name)
  }

  private func truncated(_ name: ObjectName, size: UInt64, offset: UInt64, count: Int) -> BackendError {
    BackendError(
      code: .truncated,
      message: "\(path(of: name)) has \(size) bytes, too few for \(count) bytes at \(offset)",
      object: name)
  }
}

extension stat {
  var isRegularFile: Bool { st_mode & S_IFMT == S_IFREG }
  var isDirectory: Bool { st_mode & S_IFMT == S_IFDIR }
}
