import Format

/// What to do with each pack.
struct PrunePlan {
  /// A pack that is to go, and how much of it is needed.
  struct Pack {
    let id: PackID
    let kind: PackKind
    let length: UInt64
    /// Bytes of the pack that nothing needs, about: those of each frame in proportion.
    let unused: UInt64
    /// The frames of which a part is needed.
    let partlyUsed: [FrameUse]

    /// Bytes that writing it again takes, about.
    var needed: UInt64 { length - min(length, unused) }
  }

  /// Nothing in them is needed.
  private(set) var dead: [Pack] = []
  /// Their needed chunks are to be written again.
  private(set) var repacked: [Pack] = []
  /// The frames of those packs that move as they are, with what is unused in them.
  private(set) var movedFrames: [PackID: Set<Int>] = [:]
  /// What stays unused, in packs that are left alone and in frames that move as they are.
  private(set) var unusedBytes: UInt64 = 0
  /// Whether more stays unused than may, for want of room to write again what is needed of the packs.
  private(set) var lacksRoom = false

  private let packTarget: UInt64
  private let frameTarget: Int
  private var partlyUsed: [Pack] = []
  private var small: [PackKind: [Pack]] = [:]
  private var neededBytes: UInt64 = 0

  /// A plan without packs.
  init(packTarget: UInt64, frameTarget: Int) {
    self.packTarget = packTarget
    self.frameTarget = frameTarget
  }

  /// Enters a pack with the marks of its chunks.
  mutating func enter(_ pack: PackDescription, marks: [Bool]) {
    let uses = pack.directory.frames.indices.map { FrameUse($0, of: pack.directory, marks: marks) }
    let unused = uses.reduce(0) { $0 + $1.unusedBytes }
    let entry = Pack(
      id: pack.id, kind: pack.kind, length: pack.length, unused: unused,
      partlyUsed: uses.filter { $0.neededLength > 0 && !$0.isWhollyUsed })
    guard uses.contains(where: { $0.neededLength > 0 }) else {
      dead.append(entry)
      return
    }
    neededBytes += pack.length - unused
    if !uses.allSatisfy(\.isWhollyUsed) { partlyUsed.append(entry) }
    if pack.length < packTarget / UInt64(SmallObjects.share) { small[pack.kind, default: []].append(entry) }
  }

  /// Decides which packs are written again: those with the greatest share of unused bytes, until what is left is within
  /// the limit; and small packs, when there are many.
  ///
  /// - Parameter space: so many bytes can be written at most, about.
  mutating func choose(_ options: PruneOptions, space: UInt64 = .max) {
    unusedBytes = partlyUsed.reduce(0) { $0 + $1.unused }
    let limit: UInt64
    switch options.unused {
    case .unlimited: return
    case .bytes(let bytes): limit = bytes
    case .percentage(let share): limit = UInt64(Double(neededBytes) * min(max(share, 0), 100) / 100)
    }
    var (room, space) = (options.repackLimit ?? .max, space)
    var chosen: Set<PackID> = []
    func take(_ pack: Pack) {
      guard pack.length <= room, !chosen.contains(pack.id) else { return }
      guard pack.needed <= space else {
        lacksRoom = true
        return
      }
      chosen.insert(pack.id)
      room -= pack.length
      space -= pack.needed
      unusedBytes -= pack.unused
      repacked.append(pack)
    }
    for (_, packs) in small.sorted(by: { $0.key.rawValue < $1.key.rawValue }) where packs.count >= SmallObjects.count {
      // It can wait for more room: what is unused in them is below a matter of its own.
      if packs.reduce(0, { $0 + $1.needed }) <= space { packs.forEach { take($0) } }
    }
    // By share, and equal ones by name, so that the same repository gives the same plan.
    let byShare = partlyUsed.sorted {
      (Double($1.unused) / Double($1.length), $0.id) < (Double($0.unused) / Double($0.length), $1.id)
    }
    for pack in byShare where unusedBytes > limit / 2 { take(pack) }
    // What is within the limit is as it was asked for.
    lacksRoom = lacksRoom && unusedBytes > limit
    chooseFrames(limit: limit, space: space)
  }

  /// Lets frames move as they are in which little is unused, as long as all that stays unused is within the limit:
  /// compressing again is nearly all of a prune's work.
  private mutating func chooseFrames(limit: UInt64, space: UInt64) {
    var candidates: [(pack: PackID, use: FrameUse)] = []
    for pack in repacked {
      for use in pack.partlyUsed where use.rawLength * 2 >= frameTarget { candidates.append((pack.id, use)) }
    }
    let byShare = candidates.sorted {
      ($0.use.unusedShare, $0.pack, $0.use.ordinal) < ($1.use.unusedShare, $1.pack, $1.use.ordinal)
    }
    var space = space
    for (pack, use) in byShare {
      guard unusedBytes + use.unusedBytes <= limit, use.unusedBytes <= space else { break }
      space -= use.unusedBytes
      unusedBytes += use.unusedBytes
      movedFrames[pack, default: []].insert(use.ordinal)
    }
  }

  /// Leaves packs as they are after all.
  mutating func spare(_ ids: Set<PackID>) {
    for pack in repacked where ids.contains(pack.id) {
      unusedBytes += reclaimedBytes(of: pack)
      movedFrames[pack.id] = nil
    }
    repacked.removeAll { ids.contains($0.id) }
    unusedBytes += dead.reduce(0) { ids.contains($1.id) ? $0 + $1.unused : $0 }
    dead.removeAll { ids.contains($0.id) }
  }

  /// Leaves all packs as they are of which something is needed.
  mutating func spareForWantOfRoom() {
    spare(Set(repacked.map(\.id)))
    lacksRoom = true
  }

  /// What writing packs again gains, about.
  var reclaimedBytes: UInt64 { repacked.reduce(0) { $0 + reclaimedBytes(of: $1) } }

  private func reclaimedBytes(of pack: Pack) -> UInt64 {
    let moved = movedFrames[pack.id] ?? []
    return pack.unused - pack.partlyUsed.reduce(0) { moved.contains($1.ordinal) ? $0 + $1.unusedBytes : $0 }
  }
}

/// Packs and segments that are written together though nothing is wrong with them.
enum SmallObjects {
  /// Those below this share of their target.
  static let share = 8
  /// Once there are so many of them.
  static let count = 8
}

/// How much of a frame is needed.
struct FrameUse {
  /// The frame, by its ordinal.
  let ordinal: Int
  /// Raw bytes of the frame.
  let rawLength: Int
  /// Raw bytes of it that are needed.
  let neededLength: Int
  private let storedLength: Int

  init(_ ordinal: Int, of directory: PackDirectory, marks: [Bool]) {
    let frame = directory.frames[ordinal]
    self.ordinal = ordinal
    rawLength = Int(frame.rawLength)
    storedLength = Int(frame.sealedLength)
    neededLength = frame.chunkRange.reduce(0) { $0 + (marks[$1] ? Int(directory.chunks[$1].length) : 0) }
  }

  var isWhollyUsed: Bool { neededLength == rawLength }

  /// From 0 to 1.
  var unusedShare: Double { 1 - Double(neededLength) / Double(rawLength) }

  /// Bytes of the pack, about.
  var unusedBytes: UInt64 { UInt64(Double(storedLength) * unusedShare) }
}
