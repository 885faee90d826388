import CProcess

/// How memory is taken from the system.
enum Heap {
  /// Has blocks of 512 KiB and more mapped by themselves, and so given back when they are freed.
  ///
  /// glibc would take ever larger ones from its heaps once some were freed, and leave holes between smaller ones: a sixth
  /// of a prune's memory.
  static func mapLargeBlocks() { cprocess_map_blocks(512 << 10) }
}
