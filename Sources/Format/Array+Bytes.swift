extension [UInt8] {
  /// Lends the bytes, keeping the type of what `body` throws, which the standard library's `withUnsafeBytes` forgets.
  @inlinable
  package func withBytes<Result, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> Result
  ) throws(E) -> Result {
    try withUnsafeBufferPointer { (buffer) throws(E) in try body(UnsafeRawBufferPointer(buffer)) }
  }

  /// Lends the bytes for writing.
  @inlinable
  package mutating func withMutableBytes<Result, E: Error>(
    _ body: (UnsafeMutableRawBufferPointer) throws(E) -> Result
  ) throws(E) -> Result {
    try withUnsafeMutableBufferPointer { (buffer) throws(E) in try body(UnsafeMutableRawBufferPointer(buffer)) }
  }
}
