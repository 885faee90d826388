import Synchronization

/// What a restore did, or with a dry run would do.
public struct RestoreOutcome: Sendable {
  /// Something that could not be restored as it was.
  public struct Failure: Sendable {
    /// Its path in the snapshot, or in the target where it concerns something that isn't in the snapshot.
    public let path: [UInt8]
    /// Why.
    public let error: SnapshotsError
  }

  /// Regular files, hard links among them, that were created or changed.
  public var files: UInt64 = 0
  /// Directories that were created or whose metadata was restored.
  public var directories: UInt64 = 0
  /// Links, pipes, sockets and devices that were created.
  public var others: UInt64 = 0
  /// Bytes of content that were written.
  public var bytesWritten: UInt64 = 0
  /// Entries left alone: because they are as the snapshot has them, or because the options say so.
  public var skipped: UInt64 = 0
  /// Devices passed over because the restore may not create them.
  public var devicesSkipped: UInt64 = 0
  /// Entries removed as extras, each with everything below it.
  public var deleted: UInt64 = 0
  /// Files that were read again and found equal.
  public var verified: UInt64 = 0
  /// How many failures there were.
  public var errorCount: UInt64 = 0
  /// The failures: the first ``failureLimit`` of them.
  public var failures: [Failure] = []

  /// How many failures are kept.
  public static let failureLimit = 1_000
}

/// How far a restore is. Anybody may read it while it runs.
public final class RestoreProgress: Sendable {
  private let found = Atomic<UInt64>(0)
  private let foundBytes = Atomic<UInt64>(0)
  private let done = Atomic<UInt64>(0)
  private let doneBytes = Atomic<UInt64>(0)
  private let isWalked = Atomic<Bool>(false)

  /// Nothing done yet.
  public init() {}

  /// Files found in the snapshot so far; all of them when ``isTotalKnown``.
  public var filesFound: UInt64 { found.load(ordering: .relaxed) }
  /// Their length in bytes.
  public var bytesFound: UInt64 { foundBytes.load(ordering: .relaxed) }
  /// Files that are dealt with.
  public var filesDone: UInt64 { done.load(ordering: .relaxed) }
  /// Bytes of content that are dealt with: written, or found to be there.
  public var bytesDone: UInt64 { doneBytes.load(ordering: .relaxed) }
  /// Whether everything to be restored has been found.
  public var isTotalKnown: Bool { isWalked.load(ordering: .relaxed) }

  func find(bytes: UInt64) {
    found.wrappingAdd(1, ordering: .relaxed)
    foundBytes.wrappingAdd(bytes, ordering: .relaxed)
  }

  func finishFile() { done.wrappingAdd(1, ordering: .relaxed) }

  func finish(bytes: UInt64) { doneBytes.wrappingAdd(bytes, ordering: .relaxed) }

  func finishWalk() { isWalked.store(true, ordering: .relaxed) }
}
