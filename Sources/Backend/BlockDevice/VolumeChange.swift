/// One change of a volume's catalogue, as its log has it. A catalogue is written as the changes that make it.
package enum VolumeChange: Hashable, Sendable {
  /// The volume has so many blocks.
  case resize(blocks: UInt64)
  /// So many bytes are set aside.
  case reserve(bytes: UInt64)
  /// An object stands under a name that was free.
  case put(ObjectName, StoredBytes)
  /// The object of that name is no more.
  case remove(ObjectName)
  /// The quarantine has, as the `number`th of its name, what was an object.
  case keep(ObjectName, number: UInt32, StoredBytes)
  /// An upload that began, or wrote, at that time (seconds since 1970) has these extents.
  case stage(VolumeUploadID, time: Int64, [Extent])
  /// What an upload had is free, or belongs to the object that is put in the same record.
  case unstage(VolumeUploadID)
  /// Somebody wants an upload to be given up while its process lives. Its extents stay its own until that lets go of them.
  case abandon(VolumeUploadID)
}

/// Where an object's bytes are.
package struct StoredBytes: Hashable, Sendable {
  /// How many bytes there are.
  package let length: UInt64
  /// The blocks that hold them, and no more.
  package let extents: [Extent]

  package init(length: UInt64, extents: [Extent]) {
    self.length = length
    self.extents = extents
  }
}

/// What an upload is known by.
package struct VolumeUploadID: Hashable, Sendable {
  fileprivate let high: UInt64
  fileprivate let low: UInt64

  package static func random() -> VolumeUploadID {
    VolumeUploadID(high: .random(in: 0 ... .max), low: .random(in: 0 ... .max))
  }

  /// 32 hexadecimal digits.
  package var text: String { Self.hex(high) + Self.hex(low) }

  package init?(_ text: String) {
    guard text.utf8.count == 32, let high = UInt64(text.prefix(16), radix: 16),
      let low = UInt64(text.suffix(16), radix: 16)
    else { return nil }
    self.init(high: high, low: low)
  }

  fileprivate init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  private static func hex(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

extension VolumeChange {
  /// Whether it frees what an object had.
  var isRemoval: Bool { if case .remove = self { true } else { false } }

  /// Whether the catalogue becomes longer by it.
  var isGrowth: Bool {
    switch self {
    case .put, .keep, .stage: true
    case .resize, .reserve, .remove, .unstage, .abandon: false
    }
  }

  private enum Kind: UInt8 {
    case resize = 1
    case reserve, put, remove, keep, stage, unstage, abandon
  }

  /// The areas by their numbers in the log.
  private static let areas: [ObjectArea] = [
    .config, .keys, .packs, .index, .snapshots, .intents, .tombstones, .sweeps, .parity,
  ]

  /// The change in bytes.
  package var encoded: [UInt8] {
    var writer = VolumeWriter()
    switch self {
    case .resize(let blocks): writer.append(Kind.resize, blocks)
    case .reserve(let bytes): writer.append(Kind.reserve, bytes)
    case .put(let name, let stored):
      writer.append(Kind.put.rawValue)
      writer.append(name)
      writer.append(stored)
    case .remove(let name):
      writer.append(Kind.remove.rawValue)
      writer.append(name)
    case .keep(let name, let number, let stored):
      writer.append(Kind.keep.rawValue)
      writer.append(name)
      writer.append(number)
      writer.append(stored)
    case .stage(let upload, let time, let extents):
      writer.append(Kind.stage.rawValue)
      writer.append(upload)
      writer.append(time)
      writer.append(extents)
    case .unstage(let upload):
      writer.append(Kind.unstage.rawValue)
      writer.append(upload)
    case .abandon(let upload):
      writer.append(Kind.abandon.rawValue)
      writer.append(upload)
    }
    return writer.bytes
  }

  /// Reads one change; nil if there is none that could be.
  init?(_ reader: inout VolumeReader) {
    guard let kind = reader.number(UInt8.self).flatMap(Kind.init) else { return nil }
    switch kind {
    case .resize:
      guard let blocks: UInt64 = reader.number() else { return nil }
      self = .resize(blocks: blocks)
    case .reserve:
      guard let bytes: UInt64 = reader.number() else { return nil }
      self = .reserve(bytes: bytes)
    case .put:
      guard let name = reader.name(), let stored = reader.stored() else { return nil }
      self = .put(name, stored)
    case .remove:
      guard let name = reader.name() else { return nil }
      self = .remove(name)
    case .keep:
      guard let name = reader.name(), let number: UInt32 = reader.number(), let stored = reader.stored() else {
        return nil
      }
      self = .keep(name, number: number, stored)
    case .stage:
      guard let upload = reader.upload(), let time: Int64 = reader.number(), let extents = reader.extents() else {
        return nil
      }
      self = .stage(upload, time: time, extents)
    case .unstage:
      guard let upload = reader.upload() else { return nil }
      self = .unstage(upload)
    case .abandon:
      guard let upload = reader.upload() else { return nil }
      self = .abandon(upload)
    }
  }

  fileprivate static func number(of area: ObjectArea) -> UInt8 {
    guard let index = areas.firstIndex(of: area) else { preconditionFailure("an area without a number") }
    return UInt8(index)
  }

  fileprivate static func area(_ number: UInt8) -> ObjectArea? {
    number < areas.count ? areas[Int(number)] : nil
  }
}

extension VolumeWriter {
  fileprivate mutating func append(_ kind: some RawRepresentable<UInt8>, _ number: UInt64) {
    append(kind.rawValue)
    append(number)
  }

  fileprivate mutating func append(_ name: ObjectName) {
    append(VolumeChange.number(of: name.area))
    append(UInt8(name.name.utf8.count))
    append(name.name.utf8)
  }

  fileprivate mutating func append(_ stored: StoredBytes) {
    append(stored.length)
    append(stored.extents)
  }

  mutating func append(_ extents: [Extent]) {
    append(UInt16(extents.count))
    for extent in extents {
      append(extent.start)
      append(extent.count)
    }
  }

  fileprivate mutating func append(_ upload: VolumeUploadID) {
    append(upload.high)
    append(upload.low)
  }
}

extension VolumeReader {
  fileprivate mutating func name() -> ObjectName? {
    guard let area = number(UInt8.self).flatMap(VolumeChange.area), let count = number(UInt8.self),
      let text = bytes(Int(count))
    else { return nil }
    return try? ObjectName(area, String(decoding: text, as: UTF8.self))
  }

  fileprivate mutating func stored() -> StoredBytes? {
    guard let length = number(UInt64.self), let extents = extents(),
      VolumeLayout.blocks(length) == extents.blockCount
    else { return nil }
    return StoredBytes(length: length, extents: extents)
  }

  mutating func extents() -> [Extent]? {
    guard let count = number(UInt16.self), count <= VolumeLayout.mostExtents else { return nil }
    var extents: [Extent] = []
    for _ in 0..<count {
      guard let extent = extent() else { return nil }
      extents.append(extent)
    }
    return extents
  }

  mutating func extent() -> Extent? {
    guard let start = number(UInt64.self), let count = number(UInt64.self), count > 0,
      start < VolumeLayout.mostBlocks, count < VolumeLayout.mostBlocks
    else { return nil }
    return Extent(start: start, count: count)
  }

  fileprivate mutating func upload() -> VolumeUploadID? {
    guard let high = number(UInt64.self), let low = number(UInt64.self) else { return nil }
    return VolumeUploadID(high: high, low: low)
  }
}
