import FileSystem

extension Volume {
  /// The byte of the device that an upload claims while its process lives: the first one of its extents.
  static func claim(of extents: [Extent]) -> UInt64 {
    guard let first = extents.first else { preconditionFailure("an upload without extents") }
    return first.start * UInt64(VolumeLayout.blockSize)
  }

  /// Whether the process of an upload lives and could write to its extents.
  func isHeld(_ staged: Catalogue.Staged) throws(BackendError) -> Bool {
    try BackendError.mapping("can't ask for locks on \(path)") { () throws(FileSystemError) in
      try storage.isClaimed(Self.claim(of: staged.extents))
    }
  }
}

extension VolumeJournal {
  /// Frees what uploads have that are to be given up, as soon as nobody could be writing there.
  mutating func freeAbandoned(of volume: Volume) throws(BackendError) {
    let abandoned = try volume.known { (view) throws(BackendError) in
      view.catalogue.staged.filter { $0.value.isAbandoned }
    }
    var changes: [VolumeChange] = []
    for (id, staged) in abandoned where try !volume.isHeld(staged) { changes.append(.unstage(id)) }
    try append(changes, to: volume)
  }

  /// Where so many blocks are free beside the reserve; `count` if there are as many, `least` otherwise.
  ///
  /// - Throws: `.noSpace`.
  mutating func allocate(
    _ count: UInt64, least: UInt64, after block: UInt64? = nil, limit: Int, on volume: Volume
  ) throws(BackendError) -> [Extent] {
    guard least > 0 else { return [] }
    // A record that replaces an object removes one, keeps it and puts another.
    try makeRoom(for: 3 * VolumeLayout.mostChangeBytes, in: volume)
    for isLast in [false, true] {
      let found = try volume.known { (view) throws(BackendError) -> [Extent]? in
        let free = view.catalogue.free
        let available = view.catalogue.availableBlocks
        // Where little is free nobody sets much more aside than he needs: others may be short of it.
        for wanted in [min(count, max(least, available / 4)), least] where wanted <= available {
          if let extents = free.allocation(of: wanted, at: block, limit: limit) { return extents }
        }
        return nil
      }
      if let found {
        try flushRemovals(volume)
        return found
      }
      if !isLast { try freeAbandoned(of: volume) }
    }
    throw BackendError(
      code: .noSpace, message: "\(volume.path) has no room for \(least * UInt64(VolumeLayout.blockSize)) more bytes")
  }
}
