import CLMDB
import Glibc

/// What went wrong in an environment.
public struct LMDBError: Error, Sendable, CustomStringConvertible {
  /// The kind of failure, to be compared with `==`.
  public struct Code: Sendable, Hashable, CustomStringConvertible {
    private enum Kind: Hashable {
      case mapFull, corrupted, versionMismatch, tableNotFound, incompatible, keyExists, badSize, tooManyTables
      case tooManyReaders, transactionTooLarge, badTransaction, unusable, alreadyOpen, networkFilesystem, aborted
      case system(Int32)
      case other(Int32)
    }
    private let kind: Kind

    /// The map is full and could not grow.
    public static let mapFull = Code(kind: .mapFull)
    /// The files are damaged, cut short or not LMDB's.
    public static let corrupted = Code(kind: .corrupted)
    /// The files were made by an LMDB of another format.
    public static let versionMismatch = Code(kind: .versionMismatch)
    /// There is no table of that name.
    public static let tableNotFound = Code(kind: .tableNotFound)
    /// What is in the tables is not of the kind that the caller knows.
    public static let incompatible = Code(kind: .incompatible)
    /// An appended key does not sort after the last one.
    public static let keyExists = Code(kind: .keyExists)
    /// A key is empty or longer than 511 bytes.
    public static let badSize = Code(kind: .badSize)
    /// More tables were opened than the environment was opened for.
    public static let tooManyTables = Code(kind: .tooManyTables)
    /// More read transactions run at once than the environment has slots for.
    public static let tooManyReaders = Code(kind: .tooManyReaders)
    /// A transaction changed more pages than one transaction can.
    public static let transactionTooLarge = Code(kind: .transactionTooLarge)
    /// A transaction can't go on after an earlier failure in it.
    public static let badTransaction = Code(kind: .badTransaction)
    /// An earlier failure to write or map the file made the open environment useless; open it again.
    public static let unusable = Code(kind: .unusable)
    /// This process already has the environment open.
    public static let alreadyOpen = Code(kind: .alreadyOpen)
    /// The directory is on a filesystem on which memory maps and locks are not sound.
    public static let networkFilesystem = Code(kind: .networkFilesystem)
    /// The caller's closure gave up, for a reason that is the error's cause.
    public static let aborted = Code(kind: .aborted)
    /// A system call failed with this errno.
    public static func system(_ errno: Int32) -> Code { Code(kind: .system(errno)) }

    /// The code's name, for messages.
    public var description: String { "\(kind)" }

    /// The code for what an LMDB function returned.
    init(result: Int32) {
      self.kind =
        switch result {
        case MDB_MAP_FULL: .mapFull
        case MDB_CORRUPTED, MDB_PAGE_NOTFOUND, MDB_INVALID: .corrupted
        case MDB_VERSION_MISMATCH: .versionMismatch
        case MDB_NOTFOUND: .tableNotFound
        case MDB_INCOMPATIBLE: .incompatible
        case MDB_KEYEXIST: .keyExists
        case MDB_BAD_VALSIZE: .badSize
        case MDB_DBS_FULL: .tooManyTables
        case MDB_READERS_FULL: .tooManyReaders
        case MDB_TXN_FULL: .transactionTooLarge
        case MDB_BAD_TXN, MDB_BAD_RSLOT, MDB_BAD_DBI: .badTransaction
        case MDB_PANIC: .unusable
        case 1...: .system(result)
        default: .other(result)
        }
    }

    private init(kind: Kind) { self.kind = kind }
  }

  /// The kind of failure.
  public let code: Code
  /// One line for a person that names the path or the table.
  public let message: String
  /// What led to it, for `.aborted` and `.unusable`.
  public let cause: (any Error)?

  /// The code and the message.
  public var description: String {
    guard let cause else { return "\(code): \(message)" }
    return "\(code): \(message): \(cause)"
  }

  init(code: Code, message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  /// The error for a `result` of LMDB's other than success, met while doing `action`.
  init(result: Int32, _ action: String) {
    self.init(code: Code(result: result), message: "\(action): \(String(cString: mdb_strerror(result)))")
  }

  /// An error for a closure to throw that wants its transaction undone for a reason of its own.
  public static func aborted(_ message: String, cause: (any Error)? = nil) -> LMDBError {
    LMDBError(code: .aborted, message: message, cause: cause)
  }

  /// An error for a caller who finds contents that can't be.
  public static func corrupted(_ message: String) -> LMDBError { LMDBError(code: .corrupted, message: message) }

  /// An error for a caller who finds contents of another kind than he knows.
  public static func incompatible(_ message: String) -> LMDBError {
    LMDBError(code: .incompatible, message: message)
  }

  /// The error for the current errno, met while doing `action`.
  public static func system(_ action: String) -> LMDBError {
    let number = errno
    return LMDBError(code: .system(number), message: "\(action): \(String(cString: strerror(number)))")
  }

  /// Throws unless `result` is success.
  static func check(_ result: Int32, _ action: @autoclosure () -> String) throws(LMDBError) {
    if result != MDB_SUCCESS { throw LMDBError(result: result, action()) }
  }
}
