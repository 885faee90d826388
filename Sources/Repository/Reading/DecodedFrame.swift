import Cryptography
import Format
import Synchronization

/// The raw bytes of a frame, shared by the threads that read chunks from it.
///
/// The last few buffers are kept for the next frames. Buffers of this size that come and go leave an allocator with twice
/// as much memory as is in use, or the kernel with half a thousand pages to clear for each.
final class DecodedFrame: @unchecked Sendable {
  /// Memory that nobody else has.
  private struct Spare: @unchecked Sendable {
    let buffer: UnsafeMutableRawBufferPointer
  }

  private static let spares = Mutex<[Spare]>([])
  private static let spareLimit = 4

  // Written in init only.
  private let buffer: UnsafeMutableRawBufferPointer
  let count: Int

  init<E: Error>(length: Int, initializingWith body: (UnsafeMutableRawBufferPointer) throws(E) -> Void) throws(E) {
    count = length
    buffer = Self.takeSpare(length) ?? .allocate(byteCount: length, alignment: 64)
    try body(UnsafeMutableRawBufferPointer(rebasing: buffer[..<length]))
  }

  deinit { Self.giveBack(buffer) }

  func withUnsafeBytes<Result, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> Result) throws(E) -> Result {
    try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
  }

  /// What its chunks are called by a hasher of chunk ids.
  func ids(of chunks: some Collection<PackDirectory.ChunkEntry>, _ hasher: inout HMACSHA256) -> [ChunkID] {
    withUnsafeBytes { bytes in
      hasher.authenticate(
        chunks.map { .init(prefix: $0.kind.rawValue, UnsafeRawBufferPointer(rebasing: bytes[$0.rangeInFrame])) }
      ).map { ChunkID($0) }
    }
  }

  private static func takeSpare(_ length: Int) -> UnsafeMutableRawBufferPointer? {
    spares.withLock { spares -> Spare? in
      // One that is much larger waits for a frame that needs it.
      guard let index = spares.firstIndex(where: { length <= $0.buffer.count && $0.buffer.count <= 2 * length }) else {
        return nil
      }
      return spares.remove(at: index)
    }?.buffer
  }

  private static func giveBack(_ buffer: UnsafeMutableRawBufferPointer) {
    let spare = Spare(buffer: buffer)
    let dropped = spares.withLock { spares -> Spare? in
      spares.append(spare)
      return spares.count > spareLimit ? spares.removeFirst() : nil
    }
    dropped?.buffer.deallocate()
  }
}
