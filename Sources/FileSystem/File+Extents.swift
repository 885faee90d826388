import CLinux
import Glibc

/// Holes: ranges that read as zeros and take no storage.
extension File {
  /// The first range that holds data at or after `offset`, or nil if there is only hole from there on.
  ///
  /// On a file system that keeps no holes, that is all of the rest of the file. The file's position is moved.
  public func nextDataExtent(from offset: Int64) throws(FileSystemError) -> Range<Int64>? {
    let start = SystemCall.lseek(rawDescriptor, offset, Int32(CLINUX_SEEK_DATA))
    if start == -Int(ENXIO) { return nil }
    try check(start, "lseek")
    let end = SystemCall.lseek(rawDescriptor, Int64(start), Int32(CLINUX_SEEK_HOLE))
    // The file was cut short between the calls.
    if end == -Int(ENXIO) { return nil }
    try check(end, "lseek")
    // And a hole may have been punched where the data began.
    return end > start ? Int64(start)..<Int64(end) : try nextDataExtent(from: Int64(start) + 1)
  }

  /// Gives up the storage of `range`, which then reads as zeros. The size stays. Throws `.notSupported` where the file
  /// system can't.
  public func punchHole(_ range: Range<Int64>) throws(FileSystemError) {
    let mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE
    try check(
      SystemCall.fallocate(rawDescriptor, mode, range.lowerBound, Int64(range.count)), "fallocate")
  }

  /// Takes storage for `range` now, so that writing there can't run out of space. The file grows to hold it.
  /// Throws `.notSupported` where the file system can't.
  public func allocate(_ range: Range<Int64>) throws(FileSystemError) {
    try check(SystemCall.fallocate(rawDescriptor, 0, range.lowerBound, Int64(range.count)), "fallocate")
  }

  /// As `allocate(_:)`, but where the file system can't, takes the storage by writing to each of its blocks.
  ///
  /// For a file that nobody else writes to: bytes stored in `range` meanwhile may be lost.
  public func allocateOrWrite(_ range: Range<Int64>) throws(FileSystemError) {
    let result = SystemCall.posixFallocate(rawDescriptor, range.lowerBound, Int64(range.count))
    try check(result, "posix_fallocate")
  }
}
