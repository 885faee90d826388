/// What a restore did, or with a dry run would do.
public struct RestoreOutcome: Sendable {
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
  /// Entries for which `RestoreOptions.includes` was true, each with all below it.
  public var included: UInt64 = 0
  /// Directories that are protected, and were left as they are with all below them.
  public var protected: [[UInt8]] = []
  /// Devices passed over because the restore may not create them.
  public var devicesSkipped: UInt64 = 0
  /// Entries removed as extras, each with everything below it.
  public var deleted: UInt64 = 0
  /// Files that were read again and found equal.
  public var verified: UInt64 = 0
  /// How many failures there were.
  public var errorCount: UInt64 = 0
}
