import FileSystem
import Glibc

extension BlockDeviceBackend {
  /// Looks it up in the catalogue as it stands now.
  public func size(of name: ObjectName) throws(BackendError) -> UInt64 {
    try volume.current { (view) throws(BackendError) in
      guard let entry = view.catalogue.entry(of: name) else { throw missing(name) }
      return entry.stored.length
    }
  }

  /// Reads the extents, and looks then whether they still are the object's: others may have removed it and used its space.
  public func read(
    _ name: ObjectName, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
  ) throws(BackendError) {
    var found = try volume.known { (view) throws(BackendError) in view.catalogue.entry(of: name) }
    while true {
      if let entry = found {
        let outcome = try attempt(entry, name, at: offset, into: buffer)
        found = try volume.current { (view) throws(BackendError) in view.catalogue.entry(of: name) }
        if found?.serial == entry.serial { return try outcome.get() }
      } else {
        found = try volume.current { (view) throws(BackendError) in view.catalogue.entry(of: name) }
      }
      guard found != nil else { throw missing(name) }
    }
  }

  private func attempt(
    _ entry: Catalogue.Entry, _ name: ObjectName, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
  ) throws(BackendError) -> Result<Void, BackendError> {
    let (end, overflow) = offset.addingReportingOverflow(UInt64(buffer.count))
    guard !overflow, end <= entry.stored.length else {
      return .failure(
        BackendError(
          code: .truncated,
          message: "\(describe(name)) has \(entry.stored.length) bytes, too few for \(buffer.count) bytes at \(offset)",
          object: name))
    }
    do throws(BackendError) {
      var skipped = offset
      var rest = buffer
      for extent in entry.stored.extents where !rest.isEmpty {
        let length = extent.count * UInt64(VolumeLayout.blockSize)
        guard skipped < length else {
          skipped -= length
          continue
        }
        let count = min(rest.count, Int(length - skipped))
        try fill(
          UnsafeMutableRawBufferPointer(rebasing: rest[..<count]), name,
          at: extent.start * UInt64(VolumeLayout.blockSize) + skipped)
        rest = UnsafeMutableRawBufferPointer(rebasing: rest[count...])
        skipped = 0
      }
      return .success(())
    } catch {
      return .failure(error)
    }
  }

  private func fill(
    _ buffer: UnsafeMutableRawBufferPointer, _ name: ObjectName, at offset: UInt64
  ) throws(BackendError) {
    let message = "can't read \(describe(name)) at \(offset)"
    let count = try BackendError.mapping(message, object: name) { () throws(FileSystemError) in
      try volume.storage.read(into: buffer, at: Int64(offset))
    }
    guard count == buffer.count else {
      throw BackendError(code: .io, message: "\(message): the device ends there", object: name)
    }
  }

  /// What the catalogue has of an area; nothing can be foreign here.
  public func list(_ area: ObjectArea) throws(BackendError) -> Listing {
    let entries = try volume.current { (view) throws(BackendError) in view.catalogue.areas[area, default: [:]] }
    return Listing(objects: entries.map { ListedObject(name: $0.key, size: $0.value.stored.length) })
  }

  /// What uploads have set aside; small ones are kept in memory until they are committed and have nothing yet.
  public func listStagedUploads() throws(BackendError) -> StagingListing {
    let staged = try volume.current { (view) throws(BackendError) in view.catalogue.staged }
    let now = Int64(time(nil))
    return StagingListing(
      uploads: staged.filter { !$0.value.isAbandoned }.map { id, staged in
        StagedUpload(
          identifier: id.text, size: staged.extents.blockCount * UInt64(VolumeLayout.blockSize),
          age: .seconds(max(0, now - max(0, staged.time))))
      })
  }

  /// The blocks that nothing uses, without the reserve.
  public func freeSpace() throws(BackendError) -> UInt64? {
    try volume.current { (view) throws(BackendError) in
      view.catalogue.availableBlocks * UInt64(VolumeLayout.blockSize)
    }
  }
}
