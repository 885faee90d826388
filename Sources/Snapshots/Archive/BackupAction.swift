/// What a backup finds of an entry that the parent snapshot doesn't have as it is.
public enum BackupAction: String, Sendable {
  /// The parent has nothing by this name, or there is none.
  case added
  /// Its type, content or metadata was another; a directory's too if something below has.
  case changed
}
