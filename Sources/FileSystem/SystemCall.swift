import CLinux
import Glibc

/// The seam to the kernel: one function per system call, and nothing but the call in it.
///
/// Each answers as the kernel does: zero or more on success, a negative errno on failure. Calls that a signal can cut
/// short before they did anything are made again.
enum SystemCall {
  @inline(__always)
  static func result(_ value: Int32) -> Int32 { value < 0 ? -errno : value }

  @inline(__always)
  static func result(_ value: Int) -> Int { value < 0 ? -Int(errno) : value }

  @inline(__always)
  static func retrying<Number: SignedInteger>(_ call: () -> Number) -> Number {
    while true {
      let result = call()
      if result != Number(-EINTR) { return result }
    }
  }

  /// Throws the error of a failed call, or returns its result.
  @inline(__always)
  @discardableResult
  static func check<Number: SignedInteger>(
    _ result: Number, _ operation: StaticString, _ path: @autoclosure () -> PathBytes
  ) throws(FileSystemError) -> Number {
    guard result >= 0 else { throw FileSystemError(Int32(-result), operation, path()) }
    return result
  }

  // MARK: Opening and closing

  static func openat(_ directory: Int32, _ path: UnsafePointer<CChar>, _ flags: Int32, _ mode: UInt32 = 0) -> Int32 {
    retrying { result(Glibc.openat(directory, path, flags, mode)) }
  }

  /// Never made again: Linux frees the descriptor's number before it can be interrupted.
  static func close(_ descriptor: Int32) -> Int32 { result(Glibc.close(descriptor)) }

  // MARK: Reading and writing

  static func read(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    result(Glibc.read(descriptor, buffer.baseAddress, buffer.count))
  }

  static func pread(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer, _ offset: Int64) -> Int {
    result(Glibc.pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset)))
  }

  /// In an offset's place: where the file is, which then moves on. So also files are read that have no other places.
  static let position: Int64 = -1

  static func preadDropping(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer, _ offset: Int64) -> Int {
    clinux_pread_dropping(descriptor, buffer.baseAddress, buffer.count, offset)
  }

  static func write(_ descriptor: Int32, _ buffer: UnsafeRawBufferPointer) -> Int {
    result(Glibc.write(descriptor, buffer.baseAddress, buffer.count))
  }

  static func pwrite(_ descriptor: Int32, _ buffer: UnsafeRawBufferPointer, _ offset: Int64) -> Int {
    result(Glibc.pwrite(descriptor, buffer.baseAddress, buffer.count, off_t(offset)))
  }

  static func lseek(_ descriptor: Int32, _ offset: Int64, _ whence: Int32) -> Int {
    result(Glibc.lseek(descriptor, off_t(offset), whence))
  }

  static func getdents64(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    retrying { clinux_getdents64(descriptor, buffer.baseAddress, buffer.count) }
  }

  /// The C library answers this one with a positive errno.
  static func posixFallocate(_ descriptor: Int32, _ offset: Int64, _ length: Int64) -> Int32 {
    retrying { -posix_fallocate(descriptor, off_t(offset), off_t(length)) }
  }

  /// Never made again: a second call may report success for what the first could not write.
  static func fsync(_ descriptor: Int32) -> Int32 { result(Glibc.fsync(descriptor)) }

  /// Never made again, as `fsync` is not.
  static func fdatasync(_ descriptor: Int32) -> Int32 { clinux_fdatasync(descriptor) }

  static func lockByte(_ descriptor: Int32, _ type: Int32, _ offset: Int64) -> Int32 {
    retrying { clinux_lock_byte(descriptor, Int16(type), offset) }
  }

  static func isByteLocked(_ descriptor: Int32, _ offset: Int64) -> Int32 {
    retrying { clinux_byte_is_locked(descriptor, offset) }
  }

  static func blockDeviceSize(_ descriptor: Int32, _ bytes: inout UInt64) -> Int32 {
    retrying { clinux_block_device_size(descriptor, &bytes) }
  }

  static func blockDeviceIsReadOnly(_ descriptor: Int32, _ flag: inout Int32) -> Int32 {
    retrying { clinux_block_device_is_read_only(descriptor, &flag) }
  }

  static func flock(_ descriptor: Int32, _ operation: Int32) -> Int32 {
    retrying { result(lockFile(descriptor, operation)) }
  }

  static func syncFileRange(_ descriptor: Int32, _ offset: Int64, _ length: Int64, _ flags: UInt32) -> Int32 {
    retrying { clinux_sync_file_range(descriptor, offset, length, flags) }
  }

  static func ftruncate(_ descriptor: Int32, _ size: Int64) -> Int32 {
    retrying { result(Glibc.ftruncate(descriptor, off_t(size))) }
  }

  static func fallocate(_ descriptor: Int32, _ mode: Int32, _ offset: Int64, _ length: Int64) -> Int32 {
    retrying { clinux_fallocate(descriptor, mode, offset, length) }
  }
}

/// `flock`, which is also the name of a structure: qualified by its module it would be taken for that.
private func lockFile(_ descriptor: Int32, _ operation: Int32) -> Int32 { flock(descriptor, operation) }
