public import FileSystem
public import Repository

/// Why something could not be done with a snapshot, or with the files that it is made of or restored to.
public struct SnapshotsError: Error, Sendable {
  /// What went wrong, for programs to decide by.
  public let code: Code
  /// One sentence for a person; it names the object or path.
  public let message: String
  /// The error underneath.
  public let cause: (any Error)?

  /// An error of a code; `message` must name the object or path.
  public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  /// What went wrong. More codes may be added.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    private enum Wrapped: String {
      case notFound, invalidArgument, damaged, refused, fileSystem, repository, cancelled
    }

    private let wrapped: Wrapped

    private init(_ wrapped: Wrapped) { self.wrapped = wrapped }

    /// The code's name.
    public var description: String { wrapped.rawValue }

    /// A snapshot or path is not there.
    public static let notFound = Code(.notFound)
    /// What the caller asked for makes no sense.
    public static let invalidArgument = Code(.invalidArgument)
    /// What is stored is not what it should be.
    public static let damaged = Code(.damaged)
    /// It could be done, but would be wrong or dangerous.
    public static let refused = Code(.refused)
    /// A file system call failed; the cause is its error.
    public static let fileSystem = Code(.fileSystem)
    /// The repository failed; the cause is its error.
    public static let repository = Code(.repository)
    /// The work was asked to stop.
    public static let cancelled = Code(.cancelled)
  }
}

extension SnapshotsError: CustomStringConvertible {
  /// The message and its causes.
  public var description: String {
    guard let cause else { return message }
    return "\(message): \(cause)"
  }
}

extension SnapshotsError {
  /// The error of a repository; `context` names what was wanted of it.
  public init(_ error: RepositoryError, _ context: String) {
    switch error.code {
    case .damaged, .missing: self.init(.damaged, context, cause: error)
    case .cancelled: self.init(.cancelled, context, cause: error)
    default: self.init(.repository, context, cause: error)
    }
  }

  /// The error of a file system call, which names its path; `context` says what it was for.
  public init(_ error: FileSystemError, _ context: String) {
    self.init(.fileSystem, context, cause: error)
  }

  /// The same with something more to say, which comes first.
  func prefixed(_ text: String) -> SnapshotsError { SnapshotsError(code, "\(text): \(message)", cause: cause) }

  /// Runs `body` and gives the repository's errors a place in this module's; `context` names the object or path.
  static func reading<Result: ~Copyable>(
    _ context: @autoclosure () -> String, _ body: () throws(RepositoryError) -> Result
  ) throws(SnapshotsError) -> Result {
    do throws(RepositoryError) {
      return try body()
    } catch {
      throw SnapshotsError(error, context())
    }
  }

  /// Runs `body` and gives file system errors a place in this module's; `context` says what it is for.
  static func accessing<Result: ~Copyable>(
    _ context: @autoclosure () -> String, _ body: () throws(FileSystemError) -> Result
  ) throws(SnapshotsError) -> Result {
    do throws(FileSystemError) {
      return try body()
    } catch {
      throw SnapshotsError(error, context())
    }
  }
}
