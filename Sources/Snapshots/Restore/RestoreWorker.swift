import FileSystem
import Format
import Repository

/// What one thread of a restore needs for itself.
final class RestoreWorker {
  let state: RestoreState
  let chunks: ChunkReader
  let maker: DirectoryMaker
  private var buffer: [UInt8] = []

  init(reading: RepositoryReading, state: RestoreState) throws(SnapshotsError) {
    self.state = state
    chunks = try SnapshotsError.reading("the repository can't be read") { () throws(RepositoryError) in
      try reading.chunkReader()
    }
    maker = DirectoryMaker(state: state)
  }

  /// Whether a range of a file holds exactly the bytes of a chunk.
  func holds(
    _ file: borrowing File, _ id: ChunkID, _ range: Range<Int64>
  ) throws(SnapshotsError) -> Bool {
    let count = range.count
    if buffer.count < count { buffer = [UInt8](repeating: 0, count: count) }
    let read = try fillBuffer(from: file, range)
    guard read == count else { return false }
    return buffer.withUnsafeBytes {
      chunks.identify(UnsafeRawBufferPointer(rebasing: $0[..<count]), kind: .data) == id
    }
  }

  /// Whether a range of a file reads as an item that is no list says.
  func holds(
    _ file: borrowing File, _ item: ContentItem, _ range: Range<Int64>
  ) throws(SnapshotsError) -> Bool {
    if case .chunk(let id, _) = item { try holds(file, id, range) } else { try isZero(file, range) }
  }

  /// Whether a range of a file reads as zeros. What isn't allocated isn't read.
  func isZero(_ file: borrowing File, _ range: Range<Int64>) throws(SnapshotsError) -> Bool {
    let step: Int64 = 256 << 10
    if buffer.count < step { buffer = [UInt8](repeating: 0, count: Int(step)) }
    var offset = range.lowerBound
    while let extent = try nextData(of: file, from: offset), extent.lowerBound < range.upperBound {
      let piece = extent.lowerBound..<min(extent.upperBound, range.upperBound, extent.lowerBound + step)
      let read = try fillBuffer(from: file, piece)
      guard read > 0 else { return true }
      guard buffer[..<read].allSatisfy({ $0 == 0 }) else { return false }
      offset = piece.lowerBound + Int64(read)
      if offset >= range.upperBound { break }
    }
    return true
  }

  /// The next range of a file that may hold anything but zeros.
  func nextData(of file: borrowing File, from offset: Int64) throws(SnapshotsError) -> Range<Int64>? {
    do throws(FileSystemError) {
      return try file.nextDataExtent(from: offset)
    } catch {
      throw SnapshotsError(error, "the file can't be read again")
    }
  }

  private func fillBuffer(from file: borrowing File, _ range: Range<Int64>) throws(SnapshotsError) -> Int {
    do throws(FileSystemError) {
      return try buffer.withMutableBytes { (buffer) throws(FileSystemError) in
        try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<range.count]), at: range.lowerBound)
      }
    } catch {
      throw SnapshotsError(error, "the file can't be read again")
    }
  }
}
