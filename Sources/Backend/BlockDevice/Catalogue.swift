/// What is on a volume and where: the sum of the changes in its log. A value without any storage behind it.
package struct Catalogue: Sendable {
  /// An object, and when in this process's life its entry was made: another one at its place has another number.
  package struct Entry: Sendable {
    package let stored: StoredBytes
    let serial: UInt64
  }

  /// What an upload has.
  package struct Staged: Sendable, Equatable {
    package let time: Int64
    package let extents: [Extent]
    /// Whether it is to be given up as soon as its process lets go of it.
    package fileprivate(set) var isAbandoned = false
  }

  /// An object in the quarantine.
  package struct Kept: Sendable, Equatable {
    package let name: ObjectName
    package let number: UInt32
    package let stored: StoredBytes
  }

  /// How many blocks the volume has.
  package private(set) var blocks: UInt64
  /// How many bytes are set aside.
  package private(set) var reserve: UInt64 = 0
  package private(set) var areas: [ObjectArea: [ObjectName: Entry]] = [:]
  package private(set) var staged: [VolumeUploadID: Staged] = [:]
  package private(set) var quarantine: [ObjectName: [Kept]] = [:]
  /// What neither these nor the log have.
  package private(set) var free = FreeSpace()
  /// How many bytes the changes have that make this catalogue, about: never less.
  package private(set) var encodedLength = 64
  private var nextSerial: UInt64

  /// An empty one, of a volume whose log has some blocks.
  ///
  /// - Parameter serial: above those of all entries that this process has seen.
  /// - Throws: `ImpossibleChange` if there are not so many blocks.
  package init(blocks: UInt64, log: [Extent], serial: UInt64 = 0) throws(ImpossibleChange) {
    self.blocks = VolumeLayout.firstBlock
    nextSerial = serial
    try apply(.resize(blocks: blocks))
    try take(Extent(start: VolumeLayout.secondSuperblock, count: 1))
    for extent in log { try take(extent) }
  }

  /// What an entry made next would have.
  var serial: UInt64 { nextSerial }

  /// The entry of an object.
  func entry(of name: ObjectName) -> Entry? { areas[name.area]?[name] }

  /// How many blocks an upload may still take.
  package var availableBlocks: UInt64 { free.blockCount - min(free.blockCount, VolumeLayout.blocks(reserve)) }

  /// The number that the next object of a name has in the quarantine.
  func nextNumber(of name: ObjectName) -> UInt32 { (quarantine[name]?.last?.number ?? 0) + 1 }
}

/// A change that the catalogue before it doesn't allow, in a log that says otherwise.
package struct ImpossibleChange: Error, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}

extension Catalogue {
  /// Makes a change.
  ///
  /// - Throws: if it can't follow on what is here. The catalogue is not to be used then.
  package mutating func apply(_ change: VolumeChange) throws(ImpossibleChange) {
    switch change {
    case .resize(let blocks): try resize(to: blocks)
    case .reserve(let bytes): reserve = bytes
    case .put(let name, let stored):
      guard entry(of: name) == nil else { throw ImpossibleChange("\(name) is put where it is already") }
      try take(stored.extents)
      areas[name.area, default: [:]][name] = Entry(stored: stored, serial: nextSerial)
      nextSerial += 1
      encodedLength += Self.length(of: name, stored.extents)
    case .remove(let name):
      guard let entry = areas[name.area]?.removeValue(forKey: name) else {
        throw ImpossibleChange("\(name) is removed where it is not")
      }
      try give(entry.stored.extents)
      encodedLength -= Self.length(of: name, entry.stored.extents)
    case .keep(let name, let number, let stored):
      guard number < .max else { throw ImpossibleChange("\(name) is kept under the last of all numbers") }
      // In order, so the last one's number is the largest.
      guard number >= nextNumber(of: name) else { throw ImpossibleChange("\(name) is kept twice under one number") }
      try take(stored.extents)
      quarantine[name, default: []].append(Kept(name: name, number: number, stored: stored))
      encodedLength += Self.length(of: name, stored.extents)
    case .stage(let upload, let time, let extents): try stage(upload, time, extents)
    case .unstage(let upload): try unstage(upload)
    case .abandon(let upload):
      guard staged[upload] != nil else { throw ImpossibleChange("an upload is abandoned that is not there") }
      staged[upload]?.isAbandoned = true
    }
  }

  /// What decides whether changes are possible: cheap to try them on.
  func part(concerning changes: [VolumeChange]) -> Catalogue {
    var part = self
    (part.areas, part.staged, part.quarantine) = ([:], [:], [:])
    for change in changes {
      switch change {
      case .resize, .reserve: break
      case .put(let name, _), .remove(let name): part.areas[name.area, default: [:]][name] = entry(of: name)
      case .keep(let name, _, _): part.quarantine[name] = quarantine[name]
      case .stage(let upload, _, _), .unstage(let upload), .abandon(let upload): part.staged[upload] = staged[upload]
      }
    }
    return part
  }

  /// The changes that make this catalogue of an empty one.
  package var changes: [VolumeChange] {
    var changes: [VolumeChange] = [.resize(blocks: blocks)]
    if reserve > 0 { changes.append(.reserve(bytes: reserve)) }
    for area in areas.values { changes += area.map { .put($0.key, $0.value.stored) } }
    for (upload, staged) in staged {
      changes.append(.stage(upload, time: staged.time, staged.extents))
      if staged.isAbandoned { changes.append(.abandon(upload)) }
    }
    for kept in quarantine.values.joined() { changes.append(.keep(kept.name, number: kept.number, kept.stored)) }
    return changes
  }

  /// Has other blocks in use by the log.
  mutating func moveLog(from old: [Extent], to new: [Extent]) throws(ImpossibleChange) {
    try take(new)
    try give(old)
  }

  private mutating func resize(to blocks: UInt64) throws(ImpossibleChange) {
    guard blocks >= self.blocks, blocks <= VolumeLayout.mostBlocks else {
      throw ImpossibleChange("the volume is said to have \(blocks) blocks after \(self.blocks)")
    }
    if blocks > self.blocks {
      guard free.give(Extent(start: self.blocks, count: blocks - self.blocks)) else {
        throw ImpossibleChange("blocks behind the end of the volume are free")
      }
    }
    self.blocks = blocks
  }

  private mutating func stage(_ upload: VolumeUploadID, _ time: Int64, _ extents: [Extent]) throws(ImpossibleChange) {
    let isAbandoned = staged[upload]?.isAbandoned ?? false
    if staged[upload] != nil { try unstage(upload) }
    guard !extents.isEmpty else { throw ImpossibleChange("an upload has no extents") }
    try take(extents)
    staged[upload] = Staged(time: time, extents: extents, isAbandoned: isAbandoned)
    encodedLength += Self.length(of: extents)
  }

  private mutating func unstage(_ upload: VolumeUploadID) throws(ImpossibleChange) {
    guard let staged = staged.removeValue(forKey: upload) else {
      throw ImpossibleChange("an upload ends that is not there")
    }
    try give(staged.extents)
    encodedLength -= Self.length(of: staged.extents)
  }

  private mutating func take(_ extents: [Extent]) throws(ImpossibleChange) {
    guard extents.count <= VolumeLayout.mostExtents else { throw ImpossibleChange("something has too many extents") }
    for extent in extents { try take(extent) }
  }

  private mutating func take(_ extent: Extent) throws(ImpossibleChange) {
    guard free.take(extent) else {
      throw ImpossibleChange("the blocks \(extent.start)..<\(extent.end) are used twice, or not on the volume")
    }
  }

  private mutating func give(_ extents: [Extent]) throws(ImpossibleChange) {
    for extent in extents where !free.give(extent) {
      throw ImpossibleChange("the blocks \(extent.start)..<\(extent.end) are freed twice")
    }
  }

  private static func length(of name: ObjectName, _ extents: [Extent]) -> Int {
    24 + name.name.utf8.count + 16 * extents.count
  }

  /// With the mark of an upload that is abandoned.
  private static func length(of extents: [Extent]) -> Int { 48 + 16 * extents.count }
}
