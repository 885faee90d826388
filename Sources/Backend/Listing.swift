/// One object as a listing shows it.
public struct ListedObject: Hashable, Sendable {
  /// The object's name.
  public let name: ObjectName
  /// The object's length in bytes.
  public let size: UInt64

  /// An object of `size` bytes.
  public init(name: ObjectName, size: UInt64) {
    self.name = name
    self.size = size
  }
}

/// Everything that stands in one area.
public struct Listing: Hashable, Sendable {
  /// The area's objects, sorted by name.
  public let objects: [ListedObject]

  /// Paths, relative to the repository, of whatever else is there: names that no object can have, and things that are
  /// not regular files. Sorted. They are for reports; bytes that are not UTF-8 are shown as replacement characters.
  public let foreign: [String]

  /// A listing; both parts are sorted here.
  ///
  /// What is longer than any object can be is none, so that nobody who adds lengths up needs to think of hostile ones.
  public init(objects: [ListedObject], foreign: [String] = []) {
    let impossible = objects.filter { $0.size > Self.lengthLimit }.map { "\($0.name.area.rawValue)/\($0.name.name)" }
    self.objects = objects.filter { $0.size <= Self.lengthLimit }.sorted { $0.name < $1.name }
    self.foreign = (foreign + impossible).sorted()
  }

  /// A thousand times the longest object, in bytes. Four million of them are not more than 64 bits hold.
  static let lengthLimit: UInt64 = 1 << 41
}

/// What an upload that was cut off, or is still running somewhere, has staged.
public struct StagedUpload: Hashable, Sendable {
  /// The name by which the backend knows it; not an object name.
  public let identifier: String
  /// The staged bytes so far.
  public let size: UInt64
  /// The time since the last write to it, by the clock of the storage; over SFTP, where that can't be asked for, by the one of
  /// this machine. Zero if that lies in the future.
  public let age: Duration

  /// A staged upload.
  public init(identifier: String, size: UInt64, age: Duration) {
    self.identifier = identifier
    self.size = min(size, Listing.lengthLimit)
    self.age = age
  }
}

/// Everything that stands where uploads are staged.
public struct StagingListing: Hashable, Sendable {
  /// The staged uploads, sorted by identifier.
  public let uploads: [StagedUpload]
  /// Paths, relative to the repository, of whatever else is there. Sorted; see `Listing.foreign`.
  public let foreign: [String]

  /// A listing; both parts are sorted here.
  public init(uploads: [StagedUpload], foreign: [String] = []) {
    self.uploads = uploads.sorted { $0.identifier < $1.identifier }
    self.foreign = foreign.sorted()
  }
}
