import Backend
import Format

/// Frames that lie one behind another in a pack, and are read at once.
public struct FrameRun: Sendable {
  let pack: PackID
  /// Bytes of the pack, whole blocks.
  let range: Range<Int>

  // Enough that a read is worth a round trip; as much is held by each thread.
  private static let lengthLimit = 2 << 20

  /// The longest run with which `frames` begin, which are numbers in ascending order; and how many of them are in it.
  static func first(_ frames: some Sequence<UInt32>, of pack: PackDescription) -> (run: FrameRun, count: Int)? {
    var range: Range<Int>?
    var count = 0
    for frame in frames {
      guard frame < pack.directory.frames.count else { break }
      let entry = pack.directory.frames[Int(frame)]
      let next = Int(entry.offset)..<Int(entry.offset) + Int(entry.sealedLength)
      guard let begun = range else {
        range = next
        count = 1
        continue
      }
      guard next.lowerBound >= begun.upperBound, next.lowerBound - begun.upperBound < FrameReader.blockLength,
        next.upperBound - begun.lowerBound <= lengthLimit
      else { break }
      range = begun.lowerBound..<next.upperBound
      count += 1
    }
    return range.map { (FrameRun(pack: pack.id, range: FrameReader.widened($0, of: pack)), count) }
  }
}

extension ChunkReader {
  /// The longest run of frames that hold the first of these chunks, which are in the order of their frames; and how many of
  /// the places are in those frames. Nil if the first one's pack is not known any more.
  public func firstRun(of places: some Collection<ChunkPlace>) -> (run: FrameRun, count: Int)? {
    guard let first = places.first, let pack = try? packs.pack(first.pack) else { return nil }
    return FrameRun.first(places.lazy.prefix { $0.pack == first.pack }.map(\.frame), of: pack)
  }

  /// Says that a run will be read soon, by whichever thread.
  public func willRead(_ run: FrameRun) {
    guard let name = try? ObjectName(.packs, run.pack.hex) else { return }
    reading.context.backend.willRead(name, at: UInt64(run.range.lowerBound), count: run.range.count)
  }

  /// Has the frames of this run read at once, when the first of them is.
  public func begin(_ run: FrameRun) { frames.run = run }
}
