import TestSupport
import Testing

@testable import Backend

@Suite("The catalogue of a volume")
struct CatalogueTests {
  @Test(
    "holds what a plain table would, survives being written down, and takes no block twice", arguments: UInt64(1)...12)
  func agreesWithTable(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var table = Table()
    var catalogue = try Catalogue(blocks: 4_096, log: [Extent(start: 256, count: 64)])
    var position = LogRecord.Position(log: .random())
    for step in 0..<300 {
      let change = table.randomChange(&generator)
      let isPossible = table.apply(change)
      var next = catalogue
      let isMade = (try? next.apply(change)) != nil
      #expect(isMade == isPossible, "seed \(seed), step \(step): \(change)")
      if isPossible { catalogue = next }
      #expect(table.describes(catalogue), "seed \(seed), step \(step): \(change)")
      // As the log has it.
      let record = LogRecord.encode([change], at: position)
      let read = try record.bytes.withUnsafeBytes { try LogRecord($0, at: position) }
      #expect(read?.changes == [change] && read?.next == record.next, "seed \(seed), step \(step)")
      position = record.next
    }
    var again = try Catalogue(blocks: 4_096, log: [Extent(start: 256, count: 64)])
    for change in catalogue.changes { try again.apply(change) }
    #expect(table.describes(again) && again.free == catalogue.free, "seed \(seed)")
    let written = catalogue.changes.reduce(0) { $0 + $1.encoded.count }
    #expect(written <= catalogue.encodedLength, "seed \(seed): the length is said to be \(catalogue.encodedLength)")
    let shares = LogRecord.shares(of: catalogue.changes)
    #expect(shares.flatMap { $0 } == catalogue.changes, "seed \(seed)")
    let blocks = shares.reduce(UInt64(0)) { $0 + LogRecord.encode($1, at: .init(log: .random())).next.block }
    #expect(blocks <= VolumeLayout.catalogueBlocks(catalogue.encodedLength), "seed \(seed)")
  }

  @Test("refuses blocks that the volume doesn't have, and a volume that becomes smaller")
  func refusesImpossible() throws {
    let pack = try ObjectName(.packs, "ab01")
    func refuses(_ change: VolumeChange) throws {
      var catalogue = try Catalogue(blocks: 4_096, log: [])
      #expect(throws: ImpossibleChange.self, "\(change)") { try catalogue.apply(change) }
    }
    for extent in [(4_090, 7), (0, 1), (255, 1), (2_047, 1), (4_096, 1), (1 << 49, 1)] as [(UInt64, UInt64)] {
      let extent = Extent(start: extent.0, count: extent.1)
      try refuses(.put(pack, StoredBytes(length: extent.count * 4_096, extents: [extent])))
      try refuses(.stage(.random(), time: 0, [extent]))
    }
    try refuses(.resize(blocks: 4_095))
    try refuses(.resize(blocks: .max))
    try refuses(.stage(.random(), time: 0, []))
    try refuses(.keep(pack, number: 0, StoredBytes(length: 0, extents: [])))
  }
}

/// What a catalogue says, one block at a time.
private struct Table {
  private var owners = [String?](repeating: nil, count: 4_096)
  private var objects: [ObjectName: StoredBytes] = [:]
  private var kept: [ObjectName: [UInt32]] = [:]
  private var staged: [VolumeUploadID: [Extent]] = [:]
  private var reserve: UInt64 = 0
  private let names = (0..<12).compactMap { try? ObjectName($0.isMultiple(of: 2) ? .packs : .index, "ab\($0)") }
  private let uploads = (0..<4).map { _ in VolumeUploadID.random() }

  init() {
    for block in Array(0..<256 + 64) + [2_047] { owners[block] = "layout" }
  }

  func randomChange(_ generator: inout SeededGenerator) -> VolumeChange {
    let name = names[generator.below(names.count)]
    let upload = uploads[generator.below(uploads.count)]
    switch generator.below(10) {
    case 0: return .reserve(bytes: UInt64(generator.below(1 << 20)))
    case 1...3: return .put(name, stored(&generator))
    case 4...5: return .remove(name)
    case 6: return .keep(name, number: UInt32(generator.below(4)), stored(&generator))
    case 7: return .stage(upload, time: Int64(generator.below(1_000)), stored(&generator).extents)
    case 8: return .unstage(upload)
    default: return .abandon(upload)
    }
  }

  private func stored(_ generator: inout SeededGenerator) -> StoredBytes {
    let extents = (0..<generator.below(3)).map { _ in
      Extent(start: UInt64(300 + generator.below(3_700)), count: UInt64(1 + generator.below(40)))
    }
    let blocks = extents.blockCount
    return StoredBytes(length: blocks == 0 ? 0 : blocks * 4_096 - UInt64(generator.below(4_096)), extents: extents)
  }

  /// Makes the change if it is possible; false, and nothing is changed, otherwise.
  mutating func apply(_ change: VolumeChange) -> Bool {
    var new = self
    guard new.make(change) else { return false }
    self = new
    return true
  }

  private mutating func make(_ change: VolumeChange) -> Bool {
    switch change {
    case .resize: return false
    case .reserve(let bytes): reserve = bytes
    case .put(let name, let stored):
      guard objects.updateValue(stored, forKey: name) == nil else { return false }
      return take(stored.extents, "\(name)")
    case .remove(let name):
      guard let stored = objects.removeValue(forKey: name) else { return false }
      free(stored.extents)
    case .keep(let name, let number, let stored):
      guard number > (kept[name]?.last ?? 0) else { return false }
      kept[name, default: []].append(number)
      return take(stored.extents, "kept \(name)")
    case .stage(let upload, _, let extents):
      free(staged[upload] ?? [])
      staged[upload] = extents
      return !extents.isEmpty && take(extents, upload.text)
    case .unstage(let upload):
      guard let extents = staged.removeValue(forKey: upload) else { return false }
      free(extents)
    case .abandon(let upload): return staged[upload] != nil
    }
    return true
  }

  private mutating func take(_ extents: [Extent], _ owner: String) -> Bool {
    for extent in extents {
      for block in Int(extent.start)..<Int(extent.end) {
        guard owners[block] == nil else { return false }
        owners[block] = owner
      }
    }
    return true
  }

  private mutating func free(_ extents: [Extent]) {
    for extent in extents { for block in Int(extent.start)..<Int(extent.end) { owners[block] = nil } }
  }

  func describes(_ catalogue: Catalogue) -> Bool {
    let found = catalogue.areas.values.reduce(into: [:]) { $0.merge($1.mapValues(\.stored)) { first, _ in first } }
    let free = catalogue.free.extents.allSatisfy { extent in
      owners[Int(extent.start)..<Int(extent.end)].allSatisfy { $0 == nil }
    }
    return found == objects && free && catalogue.free.blockCount == UInt64(owners.count { $0 == nil })
      && catalogue.staged.mapValues(\.extents) == staged && catalogue.reserve == reserve
      && catalogue.quarantine.mapValues { $0.map(\.number) } == kept
  }
}
