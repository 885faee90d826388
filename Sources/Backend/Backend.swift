/// Named bytes: everything that a repository asks of the place it is stored in.
///
/// An object is written once, whole, under a name that was free, and is never changed; it can be read in ranges, listed,
/// deleted and put into quarantine. A local directory, memory, an SFTP server and a raw block device all keep this one contract, and the
/// same conformance suite runs on each of them.
///
/// **Blocking.** Calls block until they are done. They may be made from any number of threads at once, and are meant for
/// dedicated threads, not for the threads of Swift concurrency.
///
/// **Publication.** An object appears whole or not at all, and a name is given to exactly one of those who race for it.
/// Nothing ever clobbers an object, but for `Upload.commit(replacing:)`, by which a damaged one is replaced.
///
/// **Durability.** When a call that publishes or deletes returns, its effect is on stable storage: it outlives a loss of
/// power at the next instant. Storage that can't promise this makes the call throw.
///
/// **Listing.** A listing holds every object that stood in the area from the beginning of the call to its end, and no
/// object that was absent for all of it. Where that can't be had, the call throws; it never returns a part.
///
/// **Errors.** Retrying is the caller's decision: a backend makes one attempt, but where a connection was lost it makes another
/// one first and settles what became of the call. Every call may be repeated safely. After a
/// retryable error (`BackendError.isRetryable`) the outcome is unknown, and repeating the call settles it: a repeated
/// publication answers `.alreadyExists` if the first one took effect, a repeated deletion is content. All other codes
/// are permanent: the same call fails again until somebody changes the storage or the request.
///
/// **Trust.** Whoever controls the storage may alter, swap or hide objects. A backend promises nothing about that: its
/// callers authenticate what they read, and bound what they allocate.
public protocol Backend: Sendable {
  /// The place, as a person would write it: a path or an address. For messages, and to tell the copies of a repository
  /// apart: the same place always has the same text.
  var location: String { get }

  /// The length of an object in bytes.
  ///
  /// - Throws: `.tooLarge` where the storage says more than any object can have, so that nobody who adds lengths up needs to
  ///   think of that; `.notFound`, `.notAFile`, `.permissionDenied` or `.io`.
  func size(of name: ObjectName) throws(BackendError) -> UInt64

  /// Fills the whole buffer with the object's bytes from `offset` on.
  ///
  /// - Throws: `.truncated` if the object ends before `offset + buffer.count`, even if the buffer is empty; the buffer's
  ///   content is undefined then. `.notFound`, `.notAFile`, `.permissionDenied` or `.io`.
  func read(
    _ name: ObjectName, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
  ) throws(BackendError)

  /// The whole of an object that is no longer than `limit` bytes. The limit is what keeps hostile storage from choosing
  /// how much memory is allocated.
  ///
  /// Most storage has it by `size(of:)` and `read(_:at:into:)`; where each call takes long it is one call.
  ///
  /// - Throws: `.tooLarge` if the object is longer than `limit`; otherwise as `size(of:)` and `read(_:at:into:)`.
  func getWhole(_ name: ObjectName, limit: Int) throws(BackendError) -> [UInt8]

  /// Says that exactly this range will be read soon. Storage for which a read takes long begins with it, as far as it has
  /// room; nothing follows from it otherwise.
  func willRead(_ name: ObjectName, at offset: UInt64, count: Int)

  /// Starts an object in an area. It gets its name when it is committed, since that may depend on its bytes.
  ///
  /// - Throws: `.noSpace`, `.readOnly`, `.permissionDenied` or `.io`.
  func beginUpload(to area: ObjectArea) throws(BackendError) -> any Upload

  /// Everything that stands in an area, sorted: complete, or an error.
  ///
  /// - Throws: `.damagedLayout`, `.permissionDenied` or `.io`.
  func list(_ area: ObjectArea) throws(BackendError) -> Listing

  /// Several areas, listed in this order: what one listing shows is from no earlier moment than the one before it.
  ///
  /// Most storage lists one after the other; where each call takes long it is one call.
  ///
  /// - Throws: as `list(_:)` of one area.
  func list(_ areas: [ObjectArea]) throws(BackendError) -> [Listing]

  /// Removes objects, durably. Names that no object has are passed over.
  ///
  /// When it throws, any of the objects may be gone; repeating the call settles it. One call for many objects costs
  /// little more flushing than one for a single object.
  ///
  /// - Throws: `.readOnly`, `.permissionDenied` or `.io`.
  func delete(_ names: [ObjectName]) throws(BackendError)

  /// Takes an object out of its area and keeps its bytes in the quarantine, which is read by people only. Nothing in it is
  /// ever replaced: an object of the same name that comes later is kept beside the earlier one.
  ///
  /// - Returns: where the bytes are now, in the words of the storage.
  /// - Throws: `.notFound` if there is no such object, `.readOnly`, `.permissionDenied` or `.io`.
  func quarantine(_ name: ObjectName) throws(BackendError) -> String

  /// What uploads have staged and neither committed nor removed: left behind by a crash, or still running elsewhere.
  ///
  /// - Throws: `.damagedLayout`, `.permissionDenied` or `.io`.
  func listStagedUploads() throws(BackendError) -> StagingListing

  /// Removes what an upload has staged, if it is still there. If that upload is still running its commit throws
  /// `.uploadRemoved`, so age decides only how much work is wasted, never what is lost.
  ///
  /// - Throws: `.readOnly`, `.permissionDenied` or `.io`.
  func removeStagedUpload(_ upload: StagedUpload) throws(BackendError)

  /// How many bytes can still be stored, about; nil where that can't be known.
  ///
  /// - Throws: `.permissionDenied` or `.io`.
  func freeSpace() throws(BackendError) -> UInt64?

  /// Sets aside exactly `size` bytes, which no upload can use, until the reserve is set to another size. Released
  /// (`size` 0) before a prune, it lets a prune work on a full disk.
  ///
  /// - Throws: `.noSpace` if there is not as much room; the reserve is released then. `.readOnly`, `.permissionDenied`
  ///   or `.io`.
  func setReserve(_ size: UInt64) throws(BackendError)
}
