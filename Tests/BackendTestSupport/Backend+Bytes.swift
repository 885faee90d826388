public import Backend

extension Backend {
  /// A range of an object as an array.
  public func bytes(of name: ObjectName, at offset: UInt64, count: Int) throws(BackendError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0xEE, count: count)
    try bytes.withUnsafeMutableBufferPointer { (buffer) throws(BackendError) in
      try read(name, at: offset, into: UnsafeMutableRawBufferPointer(buffer))
    }
    return bytes
  }
}
