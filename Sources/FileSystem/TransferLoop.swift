import Glibc

/// Makes system calls that may move fewer bytes than asked for until all are moved.
enum TransferLoop {
  /// Calls `read` until the buffer is full or the end is reached, and returns the bytes read or a negative errno.
  ///
  /// `read` gets the rest of the buffer and the number of bytes read before.
  @inline(__always)
  static func fill(
    _ buffer: UnsafeMutableRawBufferPointer, _ read: (UnsafeMutableRawBufferPointer, Int) -> Int
  ) -> Int {
    var done = 0
    while done < buffer.count {
      let moved = read(UnsafeMutableRawBufferPointer(rebasing: buffer[done...]), done)
      if moved == 0 { break }
      if moved == -Int(EINTR) { continue }
      if moved < 0 { return moved }
      done += moved
    }
    return done
  }

  /// Calls `write` until the buffer is written, and returns 0 or a negative errno.
  ///
  /// `write` gets the rest of the buffer and the number of bytes written before.
  @inline(__always)
  static func drain(_ buffer: UnsafeRawBufferPointer, _ write: (UnsafeRawBufferPointer, Int) -> Int) -> Int {
    var done = 0
    while done < buffer.count {
      let moved = write(UnsafeRawBufferPointer(rebasing: buffer[done...]), done)
      if moved == -Int(EINTR) { continue }
      if moved < 0 { return moved }
      // A device that takes nothing and reports nothing would keep us here for ever.
      if moved == 0 { return -Int(EIO) }
      done += moved
    }
    return 0
  }
}
