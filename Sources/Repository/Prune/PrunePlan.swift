import Format

/// What to do with each pack.
struct PrunePlan {
  /// A pack that is to go, and how much of it is needed.
  struct Pack {
    let id: PackID
    let kind: PackKind
    let length: UInt64
    /// Bytes of the pack that nothing needs, about: its length in proportion.
    let unused: UInt64
  }

  /// Nothing in them is needed.
  private(set) var dead: [Pack] = []
  /// Their needed chunks are to be written again.
  private(set) var repacked: [Pack] = []
  /// What stays unused in packs that are left alone.
  private(set) var unusedBytes: UInt64 = 0
  /// The share of what is needed that may stay unused in packs that are written again.
  private(set) var tolerance = 0.0

  private var partlyUsed: [Pack] = []
  private var small: [PackKind: [Pack]] = [:]
  private var neededBytes: UInt64 = 0

  /// Packs below this share of the target are written together once there are enough of them.
  private static let smallShare: UInt64 = 8
  private static let smallCount = 8

  /// Enters a pack with the marks of its chunks.
  mutating func enter(_ pack: PackDescription, marks: [Bool], target: UInt64) {
    var raw: UInt64 = 0
    var needed: UInt64 = 0
    for (chunk, isMarked) in zip(pack.directory.chunks, marks) {
      raw += UInt64(chunk.length)
      if isMarked { needed += UInt64(chunk.length) }
    }
    let unused = UInt64(Double(pack.length) * Double(raw - needed) / Double(max(raw, 1)))
    let entry = Pack(id: pack.id, kind: pack.kind, length: pack.length, unused: unused)
    guard needed > 0 else {
      dead.append(entry)
      return
    }
    neededBytes += pack.length - unused
    if needed < raw { partlyUsed.append(entry) }
    if pack.length < target / Self.smallShare { small[pack.kind, default: []].append(entry) }
  }

  /// Decides which packs are written again: those with the greatest share of unused bytes, until what is left is within
  /// the limit; and small packs, when there are many.
  mutating func choose(_ options: PruneOptions) {
    let limit: UInt64
    switch options.unused {
    case .unlimited:
      unusedBytes = partlyUsed.reduce(0) { $0 + $1.unused }
      return
    case .bytes(let bytes): limit = bytes
    case .percentage(let share): limit = UInt64(Double(neededBytes) * min(max(share, 0), 100) / 100)
    }
    // Half of it stays in packs that are left alone. The other half lets frames move as they are in which little is unused:
    // compressing again is nearly all of the work.
    tolerance = Double(limit / 2) / Double(max(neededBytes, 1))
    unusedBytes = partlyUsed.reduce(0) { $0 + $1.unused }
    var room = options.repackLimit ?? .max
    var chosen: Set<PackID> = []
    func take(_ pack: Pack) {
      guard pack.length <= room, chosen.insert(pack.id).inserted else { return }
      room -= pack.length
      unusedBytes -= pack.unused
      repacked.append(pack)
    }
    for (_, packs) in small.sorted(by: { $0.key.rawValue < $1.key.rawValue }) where packs.count >= Self.smallCount {
      packs.forEach { take($0) }
    }
    // By share, and equal ones by name, so that the same repository gives the same plan.
    let byShare = partlyUsed.sorted {
      (Double($1.unused) / Double($1.length), $0.id) < (Double($0.unused) / Double($0.length), $1.id)
    }
    for pack in byShare where unusedBytes > limit / 2 { take(pack) }
  }

  /// Leaves packs as they are after all.
  mutating func spare(_ ids: Set<PackID>) {
    unusedBytes += repacked.reduce(0) { $0 + (ids.contains($1.id) ? $1.unused : 0) }
    repacked.removeAll { ids.contains($0.id) }
  }
}
