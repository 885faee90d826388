package import Cryptography
package import Format
import Threads

/// How a client goes about its work, as opposed to what it does. Nothing that is stored or promised depends on it; a
/// simulation chooses what makes a run repeatable.
package struct Execution: Sendable {
  /// Threads that write packs again.
  package var workers = WorkerThreads.processorCount
  /// Packs that may be queued or being finished while work goes on: enough to keep the disk busy, few enough to bound open
  /// files. With 0, whoever hands a pack over waits until it is durable.
  package var packsUnderWay = 5
  /// How often an index segment is published for the packs that have become durable.
  package var segmentInterval = Duration.seconds(120)
  /// What time it is, for whatever is done every so often.
  package var now: @Sendable () -> ContinuousClock.Instant = { .now }
  /// Makes the id of a session.
  package var sessionID: @Sendable () -> SnapshotID = {
    var random = SystemRandomNumberGenerator()
    return SnapshotID.random(using: &random)
  }
  /// Makes the secret that the key of a pack is agreed with, and so what decides the pack's name.
  package var packSecret: @Sendable () throws(CryptographyError) -> SecretBytes = {
    () throws(CryptographyError) in try SecretBytes(random: X25519.keyCount)
  }
  /// Makes the salt of a record. Snapshots name others by the hash of what is stored, which depends on it.
  package var recordSalt: @Sendable () throws(CryptographyError) -> Digest256 = {
    () throws(CryptographyError) in try .random()
  }

  /// What suits everybody but a simulation.
  package init() {}
}
