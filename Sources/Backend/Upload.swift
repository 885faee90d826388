/// What became of a published object.
public enum CommitOutcome: Hashable, Sendable {
  /// The name was free and now holds exactly the uploaded bytes.
  case created
  /// The name was taken. What stands there was left as it is, and is durable; the uploaded bytes are gone. The backend
  /// does not compare: for an object named by its content this is success, for a claimed name it is a lost race.
  case alreadyExists
}

/// One object on its way into a backend: bytes are staged by `append` and appear under a name, whole, by `commit`.
///
/// Until `commit` nothing can be read, listed or found under any object name. Releasing an upload that was not committed
/// removes what it staged. An upload belongs to one thread at a time.
///
/// An upload that failed stays failed: what it staged is removed at once, and each later call throws the first error
/// again. In particular, storage that failed to flush is never asked to flush the same file again, since it may have
/// dropped the bytes and would report success. The caller starts a new upload with the same bytes.
public protocol Upload: AnyObject {
  /// How many bytes were appended, in bytes.
  var length: UInt64 { get }

  /// Adds bytes at the end. Each call is handed to the storage as it is, so callers gather small pieces into blocks.
  ///
  /// - Throws: `.noSpace`, `.readOnly`, `.permissionDenied` or `.io`.
  func append(_ bytes: UnsafeRawBufferPointer) throws(BackendError)

  /// Publishes the staged bytes under a name that was free, and ends the upload.
  ///
  /// When it returns, the object named `name` is on stable storage, its bytes and its name alike, whichever the outcome
  /// and whoever published it. At no moment is anything but a complete object visible under `name`. When it throws, the
  /// object was published whole or not at all.
  ///
  /// - Precondition: `name` is in the area that the upload was begun for, and no call to `commit` has returned before.
  /// - Throws: `.uploadRemoved`, `.noSpace`, `.readOnly`, `.permissionDenied` or `.io`.
  func commit(as name: ObjectName) throws(BackendError) -> CommitOutcome

  /// Puts the staged bytes in the place of a damaged object, and ends the upload.
  ///
  /// This is the one call that changes what stands under a name. It is only for bytes that the caller has verified to be
  /// those that the name stands for, or for a record that keeps the name of one taken which is lost; so a reader is never
  /// given anything but what belongs under the name, or the damage that was there. At every
  /// moment one or the other stands under the name. What was there is kept in the quarantine first; see
  /// `Backend.quarantine(_:)`. When it returns, all of this is on stable storage.
  ///
  /// - Precondition: as for `commit(as:)`.
  /// - Returns: where the damaged bytes are now, in the words of the storage.
  /// - Throws: `.notFound` if no object has the name: what was deleted meanwhile does not come back. `.notSupported` if the
  ///   storage can't keep that, but for packs: one that comes back is named by no segment, and the next prune removes it.
  ///   `.uploadRemoved`, `.noSpace`, `.readOnly`, `.permissionDenied` or `.io`.
  func commit(replacing name: ObjectName) throws(BackendError) -> String
}
