/// What a restore does with something in the target, or in a dry run would.
public enum RestoreAction: String, Sendable {
  /// It was not there, or something else was in its place.
  case created
  /// Some of its content is written, or its metadata only.
  case changed
  /// It is as the snapshot has it, or is left as it is because the options say so.
  case unchanged
  /// It is not in the snapshot.
  case deleted
}
