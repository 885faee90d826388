import Glibc

/// Reading and writing. All of these go on where a signal or a short transfer stopped them.
extension File {
  /// Reads at the file's position until `buffer` is full or the file ends, and returns the bytes read.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileSystemError) -> Int {
    try check(TransferLoop.fill(buffer) { rest, _ in SystemCall.read(rawDescriptor, rest) }, "read")
  }

  /// Reads as `read(into:)` does, and leaves in the kernel's cache what was there before, as `readOnce(into:at:)`.
  public func readOnce(into buffer: UnsafeMutableRawBufferPointer) throws(FileSystemError) -> Int {
    let result = TransferLoop.fill(buffer) { rest, _ in
      let moved = SystemCall.preadDropping(rawDescriptor, rest, SystemCall.position)
      return moved >= 0 ? moved : SystemCall.read(rawDescriptor, rest)
    }
    return try check(result, "read")
  }

  /// Writes all of `buffer` at the file's position.
  public func write(_ buffer: UnsafeRawBufferPointer) throws(FileSystemError) {
    try check(TransferLoop.drain(buffer) { rest, _ in SystemCall.write(rawDescriptor, rest) }, "write")
  }

  /// Cuts the file to `size` bytes, or extends it by a hole.
  public func resize(to size: Int64) throws(FileSystemError) {
    try check(SystemCall.ftruncate(rawDescriptor, size), "ftruncate")
  }
}
