import FileSystem
import Glibc

/// Small files that are replaced as a whole: after a crash a name has the old content or the new.
enum DurableFile {
  /// More than any file of a job or any unit.
  private static let limit: Int64 = 1 << 20

  /// Makes `bytes` the content of the file `name`, on stable storage when this returns.
  static func write(
    _ bytes: [UInt8], to name: FileName, in directory: Directory, mode: UInt32
  ) throws(CommandError) {
    try mapping("can't write \(directory.path.appending(name).escaped)") { () throws(FileSystemError) in
      // Of this process alone, so what is there is left from one that had its number.
      let new = FileName(".firn-\(getpid()).new") ?? name
      do throws(FileSystemError) { try directory.removeFile(new) } catch { if error.code != .notFound { throw error } }
      let file = try directory.createFile(new, mode: mode)
      try file.setPermissions(mode)
      try bytes.withUnsafeBufferPointer { (bytes) throws(FileSystemError) in
        try file.write(UnsafeRawBufferPointer(bytes))
      }
      try file.synchronize()
      try file.close()
      try directory.rename(new, to: name, in: directory)
      try directory.synchronize()
    }
  }

  /// The content of the file `name`; nil if there is none.
  static func read(_ name: FileName, in directory: Directory) throws(CommandError) -> [UInt8]? {
    let path = directory.path.appending(name).escaped
    return try mapping("can't read \(path)") { () throws(FileSystemError) in
      do throws(FileSystemError) {
        let file = try directory.openFile(name)
        var bytes = [UInt8](repeating: 0, count: Int(min(file.statusAtOpen.size, limit)))
        let count = try bytes.withUnsafeMutableBufferPointer { (buffer) throws(FileSystemError) in
          try file.read(into: UnsafeMutableRawBufferPointer(buffer))
        }
        return Array(bytes[..<count])
      } catch {
        if error.code == .notFound { return nil }
        throw error
      }
    }
  }

  /// Removes the file `name`, for good when this returns; false if there is none.
  @discardableResult
  static func remove(_ name: FileName, in directory: Directory) throws(CommandError) -> Bool {
    try mapping("can't remove \(directory.path.appending(name).escaped)") { () throws(FileSystemError) in
      do throws(FileSystemError) {
        try directory.removeFile(name)
      } catch {
        if error.code == .notFound { return false }
        throw error
      }
      try directory.synchronize()
      return true
    }
  }

  /// Opens the directory at `path`, with those above it made where they are missing.
  static func directory(at path: [UInt8], mode: UInt32) throws(CommandError) -> Directory {
    let name = Terminal.escaped(path)
    guard let whole = PathBytes(path), !path.isEmpty else { throw CommandError(.usage, "\"\(name)\" is no directory") }
    return try mapping("can't use the directory \(name)") { () throws(FileSystemError) in
      do throws(FileSystemError) {
        return try Directory(at: whole)
      } catch {
        if error.code != .notFound { throw error }
      }
      for end in path.indices.dropFirst() + [path.endIndex]
      where end == path.endIndex || path[end] == UInt8(ascii: "/") {
        guard let part = PathBytes(path[..<end]) else { continue }
        do throws(FileSystemError) { try Directory.create(at: part, mode: mode) } catch {
          if error.code != .exists { throw error }
        }
      }
      return try Directory(at: whole)
    }
  }

  private static func mapping<Result>(
    _ message: String, _ body: () throws(FileSystemError) -> Result
  ) throws(CommandError) -> Result {
    do {
      return try body()
    } catch {
      throw CommandError(.failed, message, cause: error)
    }
  }
}
