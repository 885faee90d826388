/// Something that could not be restored as it was.
public struct RestoreFailure: Sendable {
  /// Its path in the snapshot, or in the target where it concerns something that isn't in the snapshot.
  public let path: [UInt8]
  /// Why.
  public let error: SnapshotsError
}
