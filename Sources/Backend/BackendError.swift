/// Why a backend could not do what it was asked to.
public struct BackendError: Error, Sendable {
  /// What went wrong, for programs to decide by.
  public let code: Code

  /// One sentence for a person that names the object or the path.
  public let message: String

  /// The object the call was about, if it was about one.
  public let object: ObjectName?

  /// The error underneath, such as the system call that failed.
  public let cause: (any Error)?

  /// An error of a code; `message` must name the object or the path.
  public init(code: Code, message: String, object: ObjectName? = nil, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.object = object
    self.cause = cause
  }

  /// Whether the same call may succeed when it is simply made again. The outcome of the failed call is unknown then: it
  /// may have taken effect. Every call of `Backend` may be repeated safely; an upload is repeated from its beginning.
  public var isRetryable: Bool { code == .io || code == .unreachable }
}

extension BackendError: CustomStringConvertible {
  /// The message and its causes.
  public var description: String {
    guard let cause else { return message }
    return "\(message): \(cause)"
  }
}

extension BackendError {
  /// What went wrong. More codes may be added.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    private enum Wrapped: String {
      case notFound, truncated, tooLarge, invalidName, notAFile
      case noSpace, readOnly, permissionDenied, io, uploadRemoved, notSupported
      case unreachable, notAuthorized, volumeUnavailable, volumeMissing, volumeReplaced, inUse
      case repositoryMissing, repositoryExists, notEmpty, damagedLayout
    }

    private let wrapped: Wrapped

    private init(_ wrapped: Wrapped) { self.wrapped = wrapped }

    /// The code's name.
    public var description: String { wrapped.rawValue }

    /// No object has this name.
    public static let notFound = Code(.notFound)
    /// The object ends before the bytes that were asked for.
    public static let truncated = Code(.truncated)
    /// The object is larger than the caller's limit.
    public static let tooLarge = Code(.tooLarge)
    /// The text can't name an object, or a place for a repository.
    public static let invalidName = Code(.invalidName)
    /// Something other than a regular file stands under the object's name.
    public static let notAFile = Code(.notAFile)
    /// The storage, or the user's quota, is full.
    public static let noSpace = Code(.noSpace)
    /// The storage can't be written to.
    public static let readOnly = Code(.readOnly)
    /// The storage refuses this user.
    public static let permissionDenied = Code(.permissionDenied)
    /// The storage failed; the outcome of the call is unknown, and the call may be repeated.
    public static let io = Code(.io)
    /// What an upload had staged was removed by somebody who took it for cut off. Nothing was published; it may be uploaded
    /// again.
    public static let uploadRemoved = Code(.uploadRemoved)
    /// The storage can't do this in a way that is safe beside other processes.
    public static let notSupported = Code(.notSupported)
    /// The machine that the storage is on can't be reached, or no more: then the outcome of the call is unknown.
    public static let unreachable = Code(.unreachable)
    /// The machine that the storage is on is not known to be the right one, or lets the user not in.
    public static let notAuthorized = Code(.notAuthorized)
    /// The volume that the repository belongs on is not mounted, or another is in its place. Nothing was written.
    public static let volumeUnavailable = Code(.volumeUnavailable)
    /// There is no such device, or no volume on it.
    public static let volumeMissing = Code(.volumeMissing)
    /// On the device is something else than the volume that was opened, or was made over it. Nothing was written.
    public static let volumeReplaced = Code(.volumeReplaced)
    /// The system uses the device for something else, or somebody is just making a repository on it.
    public static let inUse = Code(.inUse)
    /// There is no repository at this place.
    public static let repositoryMissing = Code(.repositoryMissing)
    /// There is a repository at this place already.
    public static let repositoryExists = Code(.repositoryExists)
    /// The place for a new repository holds something else.
    public static let notEmpty = Code(.notEmpty)
    /// A part of the repository's layout is missing or is something else than it must be.
    public static let damagedLayout = Code(.damagedLayout)
  }
}
