import FileSystem

/// What is wrong with a volume itself: its superblocks, its log, and that no two things have the same blocks. What is in the
/// objects is for the repository to check.
package struct VolumeCheck: Sendable {
  /// Something that was found.
  package struct Finding: Sendable, Equatable {
    package enum Severity: String, Sendable {
      /// Nothing to see to.
      case note
      /// One of two copies is damaged; the other has everything.
      case warning
      /// Something can't be had.
      case error
    }

    package enum Code: String, Sendable {
      case superblock, log, catalogue, recordsBehindEnd, stagedUpload
    }

    package let severity: Severity
    package let code: Code
    package let message: String
  }

  /// In the order in which they were found.
  package private(set) var findings: [Finding] = []

  /// Whether anything is damaged.
  package var isSound: Bool { findings.allSatisfy { $0.severity == .note } }

  /// Looks at the volume on a device, which nobody changes meanwhile.
  ///
  /// - Throws: as for opening a volume, but that damage is a finding.
  package init(at path: String) throws(BackendError) {
    let storage = try Volume.open(try Volume.canonical(path), for: .read)
    let findings = try Volume.locking(storage) { () throws(BackendError) in
      try Volume.requireUnused(storage)
      return try Self.findings(on: storage)
    }
    self.findings = findings
  }

  /// Writes what one copy has lost anew: the log, and with it the superblocks.
  ///
  /// - Parameter names: what may be erased that was made over the volume.
  /// - Throws: as for changing a volume: `.volumeReplaced` if anything else was made over it.
  package static func repair(at path: String, erasing names: [String] = []) throws(BackendError) {
    let volume = try Volume(at: path)
    try volume.eraseForeignSignatures(named: names)
    try volume.changing { (journal) throws(BackendError) in
      try journal.freeAbandoned(of: volume)
      try journal.moveLog(of: volume)
    }
  }

  private static func findings(on storage: borrowing BlockStorage) throws(BackendError) -> [Finding] {
    var check = VolumeCheckRun()
    try check.run(on: storage)
    return check.findings
  }
}

/// A check on its way.
private struct VolumeCheckRun {
  var findings: [VolumeCheck.Finding] = []

  mutating func run(on storage: borrowing BlockStorage) throws(BackendError) {
    let superblock: VolumeSuperblock
    do throws(BackendError) {
      superblock = try VolumeView.newestSuperblock(storage)
    } catch {
      guard error.code == .damagedLayout else { throw error }
      return find(.error, .superblock, error.message)
    }
    lookAtSlots(storage, superblock)
    var view: VolumeView?
    do throws(BackendError) {
      view = try VolumeView(of: storage)
    } catch {
      guard error.code == .damagedLayout else { throw error }
      find(.error, .catalogue, error.message)
    }
    try lookAtLog(storage, superblock)
    for (id, staged) in view?.catalogue.staged ?? [:] {
      let isHeld = try BackendError.mapping("can't ask for locks") { () throws(FileSystemError) in
        try storage.isClaimed(Volume.claim(of: staged.extents))
      }
      if !isHeld {
        let size = staged.extents.blockCount * UInt64(VolumeLayout.blockSize)
        find(.note, .stagedUpload, "an upload that was cut off, \(id.text), has \(size) bytes; a prune gives them back")
      }
    }
  }

  private mutating func find(
    _ severity: VolumeCheck.Finding.Severity, _ code: VolumeCheck.Finding.Code, _ message: String
  ) {
    findings.append(VolumeCheck.Finding(severity: severity, code: code, message: message))
  }

  private mutating func lookAtSlots(_ storage: borrowing BlockStorage, _ newest: VolumeSuperblock) {
    if let found = try? Volume.foreignSignatures(on: storage), !found.isEmpty {
      find(.warning, .superblock, Volume.overwritten(storage.path, by: found))
    }
    for (number, slot) in VolumeView.slots(storage).enumerated() where slot != .sound(newest) {
      let offset = VolumeLayout.superblockOffsets[number]
      if slot.isSound {
        find(.warning, .superblock, "the superblock at \(offset) is an older one")
      } else {
        find(.warning, .superblock, "the superblock at \(offset) is damaged")
      }
    }
  }

  /// Goes through both copies of the log together, and notes what either lacks.
  private mutating func lookAtLog(
    _ storage: borrowing BlockStorage, _ superblock: VolumeSuperblock
  ) throws(BackendError) {
    var position = LogRecord.Position(log: superblock.log)
    var lacking = [UInt64](repeating: 0, count: superblock.logCopies.count)
    while true {
      let records = superblock.logCopies.map { try? VolumeView.record(storage, $0, position) }
      guard let next = records.compactMap({ $0?.next }).first else { break }
      for index in records.indices where records[index] == nil { lacking[index] += 1 }
      position = next
    }
    for (copy, count) in zip(superblock.logCopies, lacking) where count > 0 {
      let offset = copy.start * UInt64(VolumeLayout.blockSize)
      find(.warning, .log, "the copy of the log at \(offset) lacks \(count) of \(position.sequence) records")
    }
    try lookBehind(position, storage, superblock)
  }

  /// What was being written when the power went stands behind the end; so would what follows a record that both copies have lost.
  private mutating func lookBehind(
    _ end: LogRecord.Position, _ storage: borrowing BlockStorage, _ superblock: VolumeSuperblock
  ) throws(BackendError) {
    let has = try BackendError.mapping("can't tell the size of \(storage.path)") { () throws(FileSystemError) in
      try storage.byteCount() / UInt64(VolumeLayout.blockSize)
    }
    for copy in superblock.logCopies {
      // The device may have become shorter, or the superblock say what was never so.
      let count = min(copy.count, max(has, copy.start) - copy.start)
      for block in end.block..<max(end.block, count) {
        let sequence = VolumeView.sequence(storage, copy, block, of: superblock.log)
        guard let sequence, sequence >= end.sequence else { continue }
        return find(
          .note, .recordsBehindEnd,
          "behind the end of the log, after \(end.sequence) records, is a part of more: a write that was cut off, unless a "
            + "check of the repository finds that objects are missing")
      }
    }
  }
}
