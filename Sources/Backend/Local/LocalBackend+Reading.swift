import FileSystem

extension LocalBackend {
  /// Looks the file up by its name, so an object that another process deleted is missing at once.
  public func size(of name: ObjectName) throws(BackendError) -> UInt64 {
    try bounded(UInt64(status(of: name).size), of: name)
  }

  private func status(of name: ObjectName) throws(BackendError) -> FileStatus {
    let status: FileStatus
    do {
      status = try directory(holding: name).status(of: name.fileName)
    } catch {
      if error.code == .notFound { throw missing(name) }
      throw BackendError(code: .init(error), message: "can't look up \(path(of: name))", object: name, cause: error)
    }
    guard status.type == .regular else { throw notAFile(name) }
    return status
  }

  /// Reads through a small cache of open files; where another file has the name now, that is opened.
  public func read(
    _ name: ObjectName, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
  ) throws(BackendError) {
    let (open, size) = try openFile(for: name)
    let (end, overflow) = offset.addingReportingOverflow(UInt64(buffer.count))
    guard !overflow, end <= size else { throw truncated(name, size: size, offset: offset, count: buffer.count) }
    let count = try mapping("read", name) { () throws(FileSystemError) in
      try open.file.read(into: buffer, at: Int64(offset))
    }
    guard count == buffer.count else { throw truncated(name, size: size, offset: offset, count: buffer.count) }
  }

  /// The object's open file and its size, from the cache if possible.
  private func openFile(for name: ObjectName) throws(BackendError) -> (open: OpenFile, size: UInt64) {
    if let open = openFiles.file(for: name) {
      do throws(BackendError) {
        // Whatever process has deleted the file, set it aside or put its repaired form in its place, it is no longer meant.
        let status = try status(of: name)
        if status.isSameFile(as: open.file.statusAtOpen) { return (open, UInt64(status.size)) }
        openFiles.remove(name)
      } catch {
        openFiles.remove(name)
        throw error
      }
    }
    let open = try open(name)
    openFiles.insert(open, for: name)
    return (open, UInt64(open.file.statusAtOpen.size))
  }

  private func open(_ name: ObjectName) throws(BackendError) -> OpenFile {
    do {
      return OpenFile(try directory(holding: name).openFile(name.fileName))
    } catch {
      switch error.code {
      case .notFound: throw missing(name)
      case .loop, .wrongType: throw notAFile(name)
      default:
        throw BackendError(code: .init(error), message: "can't open \(path(of: name))", object: name, cause: error)
      }
    }
  }

  /// The directory that holds the object: its area's, or a fan-out directory of it.
  func directory(holding name: ObjectName) throws(FileSystemError) -> Directory {
    let directory = try directory(of: name.area)
    return name.area.isSpread ? try directory.openDirectory(name.fanOutDirectory) : directory
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
