import Cryptography
import FileSystem
import Scheduling

/// What this machine remembers of a place that a repository is at: which repository, and on which file system. By that it
/// notices later that something else is there.
struct KnownPlace: Equatable {
  /// The repository's unique name, in hexadecimal.
  let repository: String
  /// The file system's identity.
  let filesystem: String

  /// What is known of `place`; nil if nothing is.
  ///
  /// - Throws: where something may be known that can't be read or understood.
  static func find(_ place: [UInt8], _ environment: Environment) throws(CommandError) -> KnownPlace? {
    // Who has no place for state remembers nothing.
    guard let bytes = try? StateDirectory.path(environment) + Array("/places".utf8), let path = PathBytes(bytes) else {
      return nil
    }
    let directory: Directory
    do throws(FileSystemError) {
      directory = try Directory(at: path)
    } catch {
      if error.code == .notFound { return nil }
      throw CommandError(
        .failed,
        "can't look into \(path.escaped), where what is known of places is kept; $FIRN_STATE_DIR names another directory",
        cause: error)
    }
    let name = try fileName(of: place)
    guard let bytes = try DurableFile.read(name, in: directory) else { return nil }
    guard let record = LineRecord(bytes), let repository = record.text("repository"),
      let filesystem = record.text("filesystem")
    else { throw CommandError(.failed, "\(path.appending(name).escaped) is no record of a place") }
    return KnownPlace(repository: repository, filesystem: filesystem)
  }

  /// Keeps this, on stable storage, as what is known of `place`.
  func remember(_ place: [UInt8], _ environment: Environment) throws(CommandError) {
    var record = LineRecord()
    record.append("place", Terminal.escaped(place))
    record.append("repository", repository)
    record.append("filesystem", filesystem)
    let directory = try DurableFile.directory(
      at: try StateDirectory.path(environment) + Array("/places".utf8), mode: 0o700)
    try DurableFile.write(
      record.bytes(title: "A place of a Firn repository; written by firn."), to: Self.fileName(of: place),
      in: directory,
      mode: 0o600)
  }

  private static func fileName(of place: [UInt8]) throws(CommandError) -> FileName {
    let digest = place.withUnsafeBytes { SHA256Hasher.hash($0) }
    guard let name = FileName(digest.hexadecimal) else { throw CommandError(.failed, "digits are no file name") }
    return name
  }
}
