import Synchronization

/// What a session has stored so far; workers add, anybody reads.
public final class WriteCounters: Sendable {
  private let chunks = Atomic<UInt64>(0)
  private let raw = Atomic<UInt64>(0)
  private let stored = Atomic<UInt64>(0)

  /// Chunks that were new.
  public var newChunks: UInt64 { chunks.load(ordering: .relaxed) }
  /// Their bytes before compression.
  public var newBytes: UInt64 { raw.load(ordering: .relaxed) }
  /// The bytes they take in packs, without directories and padding.
  public var storedBytes: UInt64 { stored.load(ordering: .relaxed) }

  func add(chunkOf length: Int) {
    chunks.add(1, ordering: .relaxed)
    raw.add(UInt64(length), ordering: .relaxed)
  }

  func add(storedBytes count: Int) {
    stored.add(UInt64(count), ordering: .relaxed)
  }
}
