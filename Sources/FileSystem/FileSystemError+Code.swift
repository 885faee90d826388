import Glibc

extension FileSystemError {
  /// A kind of failure.
  public struct Code: Hashable, Sendable {
    private enum Kind: Hashable {
      case notFound, exists, permissionDenied, noSpace, readOnly, isDirectory, notDirectory, notEmpty, wrongType
      case loop, crossDevice, invalidName, tooManyOpenFiles, fileTooLarge, busy
      case interrupted, stale, notSupported, invalidArgument, inputOutput, other
    }

    private let kind: Kind

    /// No such entry.
    public static let notFound = Code(kind: .notFound)
    /// The name is taken.
    public static let exists = Code(kind: .exists)
    /// Not allowed to this user, or to anyone (an immutable file).
    public static let permissionDenied = Code(kind: .permissionDenied)
    /// No space, or none of the user's quota, is left.
    public static let noSpace = Code(kind: .noSpace)
    /// The file system is mounted read-only.
    public static let readOnly = Code(kind: .readOnly)
    /// A directory stands where something else was needed.
    public static let isDirectory = Code(kind: .isDirectory)
    /// Something else stands where a directory was needed.
    public static let notDirectory = Code(kind: .notDirectory)
    /// The directory to remove has entries.
    public static let notEmpty = Code(kind: .notEmpty)
    /// Another type of file stands where a regular file was needed.
    public static let wrongType = Code(kind: .wrongType)
    /// A symbolic link stands where none may be, or links form a loop.
    public static let loop = Code(kind: .loop)
    /// The two names are on different file systems.
    public static let crossDevice = Code(kind: .crossDevice)
    /// The name is too long, or the file system can't store it.
    public static let invalidName = Code(kind: .invalidName)
    /// The limit on open files of the process or the system is reached.
    public static let tooManyOpenFiles = Code(kind: .tooManyOpenFiles)
    /// The file system can't hold a file, or a value, of that size.
    public static let fileTooLarge = Code(kind: .fileTooLarge)
    /// The object is in use: a running program, a mount point.
    public static let busy = Code(kind: .busy)
    /// A signal came first.
    public static let interrupted = Code(kind: .interrupted)
    /// The object vanished from a network file system.
    public static let stale = Code(kind: .stale)
    /// The file system or kernel can't do this.
    public static let notSupported = Code(kind: .notSupported)
    /// The kernel refused an argument.
    public static let invalidArgument = Code(kind: .invalidArgument)
    /// The device failed.
    public static let inputOutput = Code(kind: .inputOutput)
    /// Anything else: see the error number.
    public static let other = Code(kind: .other)

    private init(kind: Kind) {
      self.kind = kind
    }

    init(errorNumber: Int32) {
      kind =
        switch errorNumber {
        case ENOENT: .notFound
        case EEXIST: .exists
        case EACCES, EPERM: .permissionDenied
        case ENOSPC, EDQUOT: .noSpace
        case EROFS: .readOnly
        case EISDIR: .isDirectory
        case ENOTDIR: .notDirectory
        case ENOTEMPTY: .notEmpty
        case ENXIO: .wrongType
        case ELOOP: .loop
        case EXDEV: .crossDevice
        case ENAMETOOLONG, EILSEQ: .invalidName
        case EMFILE, ENFILE: .tooManyOpenFiles
        case EFBIG, EOVERFLOW, E2BIG: .fileTooLarge
        case EBUSY, ETXTBSY: .busy
        case EINTR: .interrupted
        case ESTALE: .stale
        case EOPNOTSUPP, ENOTTY, ENOSYS: .notSupported
        case EINVAL: .invalidArgument
        case EIO, EUCLEAN: .inputOutput
        default: .other
        }
    }
  }
}

extension FileSystemError.Code: CustomStringConvertible {
  /// The name of the code.
  public var description: String { "\(kind)" }
}
