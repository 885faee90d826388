import Backend
public import Cryptography
public import Format
import LMDB

/// All snapshots of a repository.
public struct SnapshotListing: Sendable {
  /// In the order of ``Format/Snapshot/precedes(_:)``.
  public let snapshots: [Snapshot]
  /// The SHA-256 of each one's object, by which its successor names it.
  public let hashes: [SnapshotID: Digest256]
  /// Objects that are no readable snapshot, with the reason.
  public let damaged: [(name: String, error: RepositoryError)]
}

extension Repository {
  /// All snapshots. Those this client has seen before come from the cache.
  ///
  /// - Parameter session: one that has just begun, which has listed them.
  public func snapshots(listedBy session: WriteSession? = nil) throws(RepositoryError) -> SnapshotListing {
    try snapshots(in: session?.snapshotListing)
  }

  /// All snapshots, as above; nil if none was made since.
  ///
  /// - Parameters:
  ///   - names: the objects that stood when somebody last looked; afterwards those that stand now.
  ///   - session: one that has just begun, which has listed them.
  public func snapshots(
    besides names: inout Set<String>, listedBy session: WriteSession? = nil
  ) throws(RepositoryError) -> SnapshotListing? {
    let listing = if let session { session.snapshotListing } else { try context.snapshotListing() }
    let standing = Set(listing.objects.lazy.map(\.name.name))
    guard !standing.isSubset(of: names) else { return nil }
    let found = try snapshots(in: listing)
    names = standing
    return found
  }

  private func snapshots(in listing: Listing?) throws(RepositoryError) -> SnapshotListing {
    let store = SnapshotCache(cache: cache)
    let cached = try store.all()
    var known = cached
    let listing = try snapshots(known: &known, listing: listing)
    try store.update(
      removing: context.vanished(cached.keys.filter { known[$0] == nil }),
      adding: known.filter { cached[$0.key]?.length != $0.value.length })
    return listing
  }

  /// All snapshots, reading those whose records are not known. Afterwards those are known that stand and can be read.
  func snapshots(
    known: inout [String: SnapshotRecord], listing: Listing? = nil
  ) throws(RepositoryError) -> SnapshotListing {
    let listing = if let listing { listing } else { try context.snapshotListing() }
    var standing: [String: SnapshotRecord] = [:]
    var snapshots: [Snapshot] = []
    var hashes: [SnapshotID: Digest256] = [:]
    var damaged: [(name: String, error: RepositoryError)] = []
    for object in listing.objects {
      let name = object.name.name
      do throws(RepositoryError) {
        let record: SnapshotRecord
        if let found = known[name], found.length == object.size {
          record = found
        } else {
          let stored = try context.snapshotRecord(object.name)
          record = SnapshotRecord(kind: stored.kind, length: object.size, hash: stored.hash, body: stored.body)
        }
        standing[name] = record
        guard record.kind == .snapshot else { continue }
        let snapshot = try Snapshot(record.body, name: name)
        snapshots.append(snapshot)
        hashes[snapshot.id] = record.hash
      } catch let error where error.code == .missing {
        // It was forgotten since it was listed.
        continue
      } catch let error where error.saysDamaged || error.saysUnreadable {
        damaged.append((name, error))
      } catch {
        // Not allowed, or out of reach: whoever took it for damaged would have it repaired, or go on without it.
        throw error
      }
    }
    known = standing
    snapshots.sort { $0.precedes($1) }
    return SnapshotListing(snapshots: snapshots, hashes: hashes, damaged: damaged)
  }

  /// A snapshot as it stands in the repository now, whatever the cache knows of it, with the SHA-256 of its object.
  ///
  /// - Throws: `.missing` if it is gone, `.damaged`.
  public func storedSnapshot(_ id: SnapshotID) throws(RepositoryError) -> (snapshot: Snapshot, hash: Digest256) {
    let name = try RepositoryError.wrapping("snapshot \(id)") { () throws(BackendError) in
      try ObjectName(.snapshots, id.hex)
    }
    let record = try context.snapshotRecord(name)
    guard record.kind == .snapshot else { throw RepositoryError(.missing, "there is no snapshot \(id)") }
    return (try Snapshot(record.body, name: id.hex), record.hash)
  }
}

extension Snapshot {
  init(_ body: [UInt8], name: String) throws(RepositoryError) {
    self = try RepositoryError.wrapping("snapshot \(name)") { () throws(FormatError) in
      try body.withBytes { (bytes) throws(FormatError) in try Snapshot.decode(bytes) }
    }
    guard id.hex == name else {
      throw RepositoryError(.damaged, "snapshot \(name) says that its id is \(id)")
    }
  }
}

extension Listing {
  /// Of the area of snapshots, what is named like one: nothing else was ever one, and nobody needs to be able to read it.
  var withoutStrayNames: Listing {
    Listing(objects: objects.filter { SnapshotID(hex: $0.name.name) != nil }, foreign: foreign)
  }
}

extension RepositoryContext {
  /// What stands in the places of snapshots.
  func snapshotListing() throws(RepositoryError) -> Listing {
    try RepositoryError.wrapping("the list of snapshots") { () throws(BackendError) in
      try backend.list(.snapshots).withoutStrayNames
    }
  }

  /// Those of these snapshots that are gone, and not only left out of a list.
  func vanished(_ names: [String]) throws(RepositoryError) -> [String] {
    var vanished: [String] = []
    for name in names.sorted() {
      let object = try RepositoryError.wrapping("snapshot \(name)") { () throws(BackendError) in
        try ObjectName(.snapshots, name)
      }
      if try !stands(object) { vanished.append(name) }
    }
    return vanished
  }

  /// The record in a snapshot's place, a snapshot or an abort record, with the SHA-256 of its object.
  func snapshotRecord(
    _ name: ObjectName
  ) throws(RepositoryError) -> (kind: RecordKind, body: [UInt8], hash: Digest256) {
    let context = "snapshot \(name.name)"
    let object = try RepositoryError.wrapping(context) { () throws(BackendError) in
      try backend.getWhole(name, limit: RecordKind.snapshot.objectLengthLimit)
    }
    let (kind, body) = try sealer.open(object, as: [.snapshot, .abort], name: name.name, context: context)
    return (kind, body, object.withUnsafeBytes { SHA256Hasher.hash($0) })
  }
}
