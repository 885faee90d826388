import CLinux
import Glibc

/// Bytes that are read and written at offsets, by several threads at once if need be: a file or a block device.
public protocol RandomAccess: ~Copyable, OpenObject {}

extension RandomAccess where Self: ~Copyable {
  /// Reads from `offset` until `buffer` is full or the file ends, and returns the bytes read.
  public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FileSystemError) -> Int {
    let result = TransferLoop.fill(buffer) { rest, done in SystemCall.pread(rawDescriptor, rest, offset + Int64(done)) }
    return try check(result, "pread")
  }

  /// Reads as `read(into:at:)` does, and leaves in the kernel's cache what was there before and nothing else, so that
  /// reading everything that a machine has takes no memory from those who work on it.
  ///
  /// Where the kernel (before Linux 6.14) or the file system can't do that, it is only read.
  public func readOnce(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FileSystemError) -> Int {
    let result = TransferLoop.fill(buffer) { rest, done in
      let offset = offset + Int64(done)
      let moved = SystemCall.preadDropping(rawDescriptor, rest, offset)
      // Whatever else was wrong shows again.
      return moved >= 0 ? moved : SystemCall.pread(rawDescriptor, rest, offset)
    }
    return try check(result, "pread")
  }

  /// Writes all of `buffer` from `offset` on.
  public func write(_ buffer: UnsafeRawBufferPointer, at offset: Int64) throws(FileSystemError) {
    let result = TransferLoop.drain(buffer) { rest, done in
      SystemCall.pwrite(rawDescriptor, rest, offset + Int64(done))
    }
    try check(result, "pwrite")
  }

  /// Asks the kernel to begin writing the changed pages of `range` to storage, so that a later `synchronize()` has less to
  /// wait for. A hint that makes nothing durable: where the file system can't do it, nothing happens.
  ///
  /// Throws `.inputOutput` or `.noSpace` if earlier writes turn out to have failed. Then what was written is lost.
  public func startWritingBack(_ range: Range<Int64>) throws(FileSystemError) {
    let flags = UInt32(CLINUX_SYNC_FILE_RANGE_WRITE)
    let result = SystemCall.syncFileRange(rawDescriptor, range.lowerBound, Int64(range.count), flags)
    if [-EIO, -ENOSPC, -EDQUOT].contains(result) { try check(result, "sync_file_range") }
  }
}
