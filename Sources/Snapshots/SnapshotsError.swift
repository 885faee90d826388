/// Why something could not be done with snapshots and file trees.
public struct SnapshotsError: Error, Sendable, CustomStringConvertible {
  /// What went wrong, for programs to decide by.
  public struct Code: Hashable, Sendable {
    private enum Wrapped { case notFound, invalidArgument, damaged, refused, fileSystem, repository, cancelled }
    private let wrapped: Wrapped
    private init(_ wrapped: Wrapped) { self.wrapped = wrapped }
    /// No such snapshot or path.
    public static let notFound = Code(.notFound)
    /// What the caller asked for makes no sense.
    public static let invalidArgument = Code(.invalidArgument)
    /// Something stored is not what it should be.
    public static let damaged = Code(.damaged)
    /// It would not be safe.
    public static let refused = Code(.refused)
    /// The file system failed.
    public static let fileSystem = Code(.fileSystem)
    /// The repository failed.
    public static let repository = Code(.repository)
    /// The work was asked to stop.
    public static let cancelled = Code(.cancelled)
  }

  /// What went wrong.
  public let code: Code
  /// One sentence for a person; it names the path or object.
  public let message: String
  /// The error underneath.
  public let cause: (any Error)?

  /// An error of a code.
  public init(code: Code, message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  /// The message and its causes.
  public var description: String {
    guard let cause else { return message }
    return "\(message): \(cause)"
  }
}
