import SSH
import Synchronization

/// One connection to the server, with what was opened over it. Used by one thread at a time: by whoever has borrowed it.
final class SFTPConnection: @unchecked Sendable {
  let client: SFTPClient
  let limits: SFTPLimits
  /// How many uploads are bound to it.
  let uploads = Atomic<Int>(0)
  /// Whether nothing more can be asked over it. Others than who has borrowed it may look at this only.
  let hasEnded = Atomic<Bool>(false)

  // As many packs are kept open for reading.
  private static let openLimit = 32
  /// The directory of intents as it is open for flushing, by which a session's last request needs no other before it. An intent
  /// that comes back after a crash does no harm, so it may be a directory that something has since replaced.
  private(set) var intents: SFTPHandle?

  private var openPacks: [(name: ObjectName, handle: SFTPHandle, path: [UInt8])] = []
  /// When it was, in the count of deletions, that the packs were opened.
  private var openSince: Int = 0

  init(_ client: SFTPClient, limits: SFTPLimits) {
    self.client = client
    self.limits = limits
  }

  /// A pack that is open for reading since the last deletion.
  func openPack(_ name: ObjectName, deletions: Int) -> SFTPHandle? {
    if openSince != deletions {
      for pack in openPacks { client.forget(client.close(pack.handle, pack.path)) }
      openPacks = []
      openSince = deletions
    }
    guard let index = openPacks.firstIndex(where: { $0.name == name }) else { return nil }
    let pack = openPacks.remove(at: index)
    openPacks.append(pack)
    return pack.handle
  }

  /// Keeps the directory of intents open.
  func keepOpen(intents handle: SFTPHandle, _ path: [UInt8]) {
    if let intents { client.forget(client.close(intents, path)) }
    intents = handle
  }

  /// Keeps a pack open, in the place of the one that was read the longest ago.
  func keepOpen(_ name: ObjectName, _ handle: SFTPHandle, _ path: [UInt8]) {
    openPacks.append((name, handle, path))
    if openPacks.count > Self.openLimit {
      let oldest = openPacks.removeFirst()
      client.forget(client.close(oldest.handle, oldest.path))
    }
  }
}
