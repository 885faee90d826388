import Cryptography
import Format

/// SplitMix64: small, fast and the same everywhere for the same seed.
///
/// Not that of TestSupport, because the fuzzers, which are a package of their own, are built with this file too.
struct SeededGenerator: RandomNumberGenerator {
  private static let characters = ["a", "é", "\"", "\\", "\n", "/", "日", "\u{1}", "😀"]

  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// Random legal records; integers favour their edges.
extension SeededGenerator {
  mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
  mutating func chance(_ oneIn: Int) -> Bool { below(oneIn) == 0 }

  mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type = Value.self) -> Value {
    switch below(6) {
    case 0: Value.max
    case 1: Value.min
    case 2: 0
    default: Value(truncatingIfNeeded: next()) >> Value(below(Value.bitWidth))
    }
  }

  mutating func jsonNumber() -> UInt64 { min(integer(), 1 << 53 - 1) }

  mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }

  mutating func digest() -> Digest256 { bytes(32).withUnsafeBytes { Digest256($0) } }

  mutating func text() -> String {
    (0..<below(8)).map { _ in Self.characters[below(Self.characters.count)] }.joined()
  }

  mutating func timestamp() -> Timestamp {
    Timestamp(seconds: integer(), nanoseconds: chance(4) ? 999_999_999 : UInt32(below(1_000_000_000)))
  }

  /// A time whose year has four digits, as texts have it.
  mutating func textTime() -> Timestamp {
    Timestamp(
      seconds: Int64.random(in: -62_167_219_200...253_402_300_799, using: &self),
      nanoseconds: UInt32(below(1_000_000_000)))
  }

  mutating func name() -> [UInt8] {
    let name = bytes(chance(8) ? 255 : 1 + below(140)).map { $0 == 0 || $0 == UInt8(ascii: "/") ? 1 : $0 }
    return name == [46] || name == [46, 46] ? [47 + 1] : name
  }

  mutating func names(_ count: Int) -> [[UInt8]] {
    Set((0..<count).map { _ in name() }).sorted { $0.lexicographicallyPrecedes($1) }
  }

  mutating func items(_ count: Int) -> [ContentItem] {
    (0..<count).map { _ in
      let length = UInt64(1 + below(1 << 40))
      return switch below(4) {
      case 0: .chunk(ChunkID(digest()), length: UInt64(1 + below(Limits.chunkLength)))
      case 1: .hole(length: length)
      case 2: .zeros(length: length)
      default: .list(ChunkID(digest()), length: length)
      }
    }
  }

  mutating func content(of type: FileType) -> Node.Content {
    switch type {
    case .file: .file(items(below(6)))
    case .directory: .directory(ChunkID(digest()))
    case .symbolicLink: .symbolicLink(bytes(below(200)))
    case .characterDevice, .blockDevice: .device(major: integer(), minor: integer())
    case .fifo, .socket: .none
    }
  }

  mutating func node(named name: [UInt8]) -> Node {
    let type = FileType.allCases.randomElement(using: &self) ?? .file
    let content = content(of: type)
    var size: UInt64 = 0
    if case .file(let items) = content { size = items.reduce(0) { $0 + $1.length } }
    var node = Node(
      name: name, type: type, mode: UInt16(below(0o10000)), uid: integer(), gid: integer(), size: size,
      mtime: timestamp(), ctime: timestamp(), inode: integer(), device: integer(), linkCount: integer(),
      content: content)
    if chance(2) { node.birthTime = timestamp() }
    if chance(2) { node.inodeFlags = integer() }
    if chance(3) {
      node.extendedAttributes = names(below(3)).map { ExtendedAttribute(name: $0, value: bytes(below(9))) }
    }
    if chance(5) {
      node.extensions = [NodeExtension(tag: 3, value: bytes(below(9))), NodeExtension(tag: .max, value: [])]
    }
    return node
  }

  mutating func owners(_ count: Int) -> [OwnerName] {
    Set((0..<count).map { _ in integer(UInt32.self) }).sorted().map { OwnerName(id: $0, name: bytes(below(12))) }
  }

  mutating func leaf(_ count: Int) -> TreeLeaf {
    TreeLeaf(users: owners(below(4)), groups: owners(below(4)), nodes: names(count).map { node(named: $0) })
  }

  mutating func branch(_ count: Int) -> TreeObject {
    .branch(names(count).map { TreeChild(firstName: $0, id: ChunkID(digest())) })
  }

  mutating func directory(_ kind: PackKind, frames: Int) -> PackDirectory {
    var directory = PackDirectory()
    for _ in 0..<frames {
      let kinds = ChunkKind.allCases.filter(kind.holds)
      let chunks = (0..<1 + below(5)).map { _ in
        (id: ChunkID(digest()), kind: kinds.randomElement(using: &self) ?? .data, length: 1 + below(1 << 20))
      }
      let raw = chunks.reduce(0) { $0 + $1.length }
      let stored = chance(2)
      directory.appendFrame(
        sealedLength: stored ? raw + 16 : 17 + below(raw), codec: stored ? .stored : .zstd, chunks: chunks)
    }
    return directory
  }

  mutating func segment(packs: Int) -> IndexSegment {
    var segment = IndexSegment()
    for _ in 0..<packs {
      let kind: PackKind = chance(2) ? .data : .metadata
      let directory = directory(kind, frames: below(4))
      let length = directory.framesEnd + directory.encode().count + 40
      segment.packs.append(
        PackDescription(
          id: PackID(digest()), length: UInt64(PackLength.padded(length)), kind: kind, ephemeralKey: digest(),
          commitment: digest(), directory: directory))
    }
    return segment
  }

  mutating func snapshot() -> Snapshot {
    var snapshot = Snapshot(
      id: .random(using: &self), time: textTime(), host: text(), user: text(), job: text(), label: text(),
      tags: ["a", "b"], roots: [SnapshotRoot(kind: .tree, tree: ChunkID(digest()))], paths: [text()],
      excludes: [text(), text()], program: text(), sequence: jsonNumber())
    if chance(2) { snapshot.parent = .random(using: &self) }
    if chance(2) { snapshot.previous = digest() }
    if chance(2) { snapshot.isPinned = true }
    if chance(2) { snapshot.replaces = [digest(), digest()] }
    snapshot.statistics.files = jsonNumber()
    snapshot.statistics.storedBytes = jsonNumber()
    snapshot.statistics.seconds = Double(below(1 << 20)) / 64
    return snapshot
  }

  mutating func configuration() -> RepositoryConfiguration {
    RepositoryConfiguration(
      repository: .random(using: &self), publicKey: digest(), created: integer(),
      minimumChunkSize: UInt32(1 + below(1 << 14)), averageChunkSize: UInt32(1 << 14 + below(1 << 16)),
      maximumChunkSize: UInt32(1 << 18 + below(1 << 20)), frameTarget: UInt32(below(Limits.chunkLength + 1)),
      packTarget: UInt64(below(Limits.packTarget + 1)), parityPercentage: UInt32(below(11)),
      optionalFeatures: integer())
  }

  mutating func keySlot(_ role: KeyRole) -> KeySlot {
    KeySlot(
      role: role, repository: .random(using: &self), created: Timestamp(seconds: textTime().seconds), label: text(),
      host: text(), user: text(),
      cost: Argon2id.Cost(
        memory: UInt32(8192 + below(1 << 19)), passes: UInt32(1 + below(8)), lanes: UInt32(1 + below(8))),
      salt: digest())
  }
}
