/// Memory that begins where a block could, as writing past the kernel's cache needs.
struct AlignedBuffer: ~Copyable, @unchecked Sendable {
  // Its owner's alone, as long as that lives.
  private let memory: UnsafeMutableRawBufferPointer

  /// How many bytes there are: whole blocks.
  var count: Int { memory.count }

  /// - Precondition: `count` is a multiple of the block size.
  init(count: Int) {
    precondition(count % VolumeLayout.blockSize == 0)
    memory = .allocate(byteCount: count, alignment: VolumeLayout.blockSize)
  }

  deinit { memory.deallocate() }

  /// Copies bytes to an offset.
  func fill(from bytes: UnsafeRawBufferPointer, at offset: Int = 0) {
    UnsafeMutableRawBufferPointer(rebasing: memory[offset...]).copyMemory(from: bytes)
  }

  /// The first bytes up to the end of the block that the last of `count` is in, with zeros behind those.
  func wholeBlocks(_ count: Int) -> UnsafeRawBufferPointer {
    let end = Int(VolumeLayout.blocks(UInt64(count))) * VolumeLayout.blockSize
    for index in count..<end { memory[index] = 0 }
    return UnsafeRawBufferPointer(rebasing: memory[..<end])
  }
}
