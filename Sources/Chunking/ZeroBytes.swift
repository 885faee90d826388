extension UnsafeRawBufferPointer {
  /// Whether every byte is zero; true when empty.
  ///
  /// Stops at the first 256-byte block that holds another value, so data that is not zero costs next to nothing.
  public var isAllZero: Bool {
    let blockSize = 4 * MemoryLayout<SIMD8<UInt64>>.size
    var offset = 0
    while offset &+ blockSize <= count {
      let first = loadUnaligned(fromByteOffset: offset, as: SIMD8<UInt64>.self)
      let second = loadUnaligned(fromByteOffset: offset &+ 64, as: SIMD8<UInt64>.self)
      let third = loadUnaligned(fromByteOffset: offset &+ 128, as: SIMD8<UInt64>.self)
      let fourth = loadUnaligned(fromByteOffset: offset &+ 192, as: SIMD8<UInt64>.self)
      let bits = (first | second) | (third | fourth)
      let folded = bits.lowHalf | bits.highHalf
      let pair = folded.lowHalf | folded.highHalf
      guard pair.x | pair.y == 0 else { return false }
      offset &+= blockSize
    }
    var bits: UInt8 = 0
    while offset < count {
      bits |= self[offset]
      offset &+= 1
    }
    return bits == 0
  }
}
