import FileSystem

/// What a repository does with names that may be there or not, and what it makes of an answer.
///
/// Everything is done relative to open directories, never by path: should the repository's file system be unmounted or
/// moved meanwhile, nothing lands in whatever is found under the path then.
extension Directory {
  /// What is known about an entry, itself where it is a symbolic link; nil if it is not there.
  func statusIfPresent(of name: FileName) throws(FileSystemError) -> FileStatus? {
    do {
      return try status(of: name)
    } catch {
      if error.code == .notFound { return nil }
      throw error
    }
  }

  /// Makes a directory of mode 0700 unless something has that name already.
  func createDirectoryIfMissing(_ name: FileName) throws(FileSystemError) {
    do {
      try createDirectory(name, mode: 0o700)
    } catch {
      if error.code != .exists { throw error }
    }
  }

  /// Removes a file's name if it is there.
  func removeFileIfPresent(_ name: FileName) throws(FileSystemError) {
    do {
      try removeFile(name)
    } catch {
      if error.code != .notFound { throw error }
    }
  }

  /// Moves a file to a name in another directory of the same file system, if that name is free; false if it is taken,
  /// and the file keeps its old name then.
  func move(_ name: FileName, to target: Directory, as newName: FileName) throws(FileSystemError) -> Bool {
    do {
      try renameWithoutReplacing(name, to: newName, in: target)
      return true
    } catch {
      switch error.code {
      case .exists: return false
      // Network file systems refuse the flag but have hard links, whose creation never clobbers either.
      case .invalidArgument, .notSupported: return try link(name, to: target, as: newName)
      default: throw error
      }
    }
  }

  private func link(_ name: FileName, to target: Directory, as newName: FileName) throws(FileSystemError) -> Bool {
    do {
      try target.link(name, in: self, as: newName)
    } catch {
      if error.code == .exists { return false }
      throw error
    }
    try removeFileIfPresent(name)
    return true
  }
}
