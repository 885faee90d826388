import CLinuxFiles
import Glibc

/// Owns an open file descriptor and closes it at the end of its life.
struct Descriptor: ~Copyable, Sendable {
  let number: CInt

  /// Opens a path, relative to `directory` unless it begins with a slash.
  init(
    opening path: String, in directory: CInt = AT_FDCWD, _ flags: CInt, mode: mode_t = 0
  ) throws(SystemCallFailure) {
    number = try callRepeatedly("openat") { Glibc.openat(directory, path, flags | O_CLOEXEC, mode) }
  }

  deinit {
    // Nothing can be done about an error here; who needs to know of it calls `close`.
    _ = Glibc.close(number)
  }

  /// Closes the descriptor and reports what the file system says to that: some report a late write error only here.
  consuming func close() throws(SystemCallFailure) {
    let result = Glibc.close(number)
    let failure = SystemCallFailure.current("close")
    discard self
    if result != 0 { throw failure }
  }

  /// Size, type, times and link count of the open file.
  func status() throws(SystemCallFailure) -> stat {
    var status = stat()
    try callRepeatedly("fstat") { fstat(number, &status) }
    return status
  }

  /// Reads at an offset until the buffer is full or the file ends; returns how many bytes it got.
  func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(SystemCallFailure) -> Int {
    guard let base = buffer.baseAddress else { return 0 }
    var done = 0
    while done < buffer.count {
      let count = try callRepeatedly("pread") {
        pread(number, base + done, buffer.count - done, off_t(offset) + off_t(done))
      }
      if count == 0 { break }
      done += count
    }
    return done
  }

  /// Writes all the bytes at the file's position.
  func write(_ bytes: UnsafeRawBufferPointer) throws(SystemCallFailure) {
    guard let base = bytes.baseAddress else { return }
    var done = 0
    while done < bytes.count {
      done += try callRepeatedly("write") { Glibc.write(number, base + done, bytes.count - done) }
    }
  }

  /// Asks for the range's writing back to begin, so that a later flush has less to wait for. Only a hint: where the file
  /// system can't do it nothing happens.
  func startWritingBack(from offset: UInt64, count: UInt64) throws(SystemCallFailure) {
    let result = sync_file_range(number, Int(offset), Int(count), FIRN_SYNC_FILE_RANGE_WRITE)
    guard result != 0 else { return }
    let failure = SystemCallFailure.current("sync_file_range")
    if failure.number == EIO || failure.number == ENOSPC || failure.number == EDQUOT { throw failure }
  }

  /// Waits until the file, or the directory's entries, are on stable storage. After an error the same descriptor must
  /// not be flushed again: the kernel may have dropped the pages and would report success.
  func flush() throws(SystemCallFailure) {
    if fsync(number) != 0 { throw SystemCallFailure.current("fsync") }
  }
}
