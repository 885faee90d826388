/// Everything that stands in the repository, and where each process is: 32 words.
///
/// There is one chunk, which every pack holds. So a snapshot is whole as long as one pack stands that a segment names.
struct State: Equatable {
  var words = SIMD32<UInt32>(repeating: 0)
}

/// A set of small numbers: of packs, of segments, of sessions.
typealias Bits = UInt32

enum Pack {
  /// Two packs stand at first.
  static let initial: Bits = 0b11
  static func of(writer: Int, attempt: Int) -> Bits { 1 << Bits(2 + 2 * writer + attempt) }
  static func of(prune: Int) -> Bits { 1 << Bits(6 + prune) }
}

enum Session {
  /// The session that took the snapshot that stands at first; it has ended.
  static let first = 0
  static let rewriter = 5
  /// Stands for all that have ended: whose snapshot it is that stands, or is forgotten, makes no difference then.
  static let ended = 15
  static let count = 10
  static func of(writer: Int, attempt: Int) -> Int { 1 + 2 * writer + attempt }
  static func of(prune: Int) -> Int { 6 + prune }
  static func bit(_ session: Int) -> Bits { 1 << Bits(session) }
}

/// Segments that aren't empty. Those at first name a pack each.
enum Segment {
  static let initial: Bits = 0b11
  static let count = 18
  static func packs(writer: Int, attempt: Int) -> Bits { 1 << Bits(2 + 2 * writer + attempt) }
  /// One that a writer publishes first, with chunks that don't matter here.
  static func early(writer: Int, attempt: Int) -> Bits { 1 << Bits(6 + 2 * writer + attempt) }
  static func repacked(prune: Int) -> Bits { 1 << Bits(10 + prune) }
  static func merged(prune: Int) -> Bits { 1 << Bits(14 + prune) }

  /// Those of a session.
  static func all(of session: Int) -> Bits {
    switch session {
    case Session.first: initial
    case 1...4: 0b10001 << Bits(1 + session)
    case 6...9: 0b10001 << Bits(4 + session)
    default: 0
    }
  }
}

extension State {
  /// The packs that stand.
  var packs: Bits {
    get { words[0] }
    set { words[0] = newValue }
  }
  /// The sessions whose snapshot stands.
  var snapshots: Bits {
    get { words[1] }
    set { words[1] = newValue }
  }
  /// The sessions in whose snapshot's place an abort record stands.
  var aborts: Bits {
    get { words[2] }
    set { words[2] = newValue }
  }
  /// The sessions whose intent stands.
  var intents: Bits {
    get { words[3] }
    set { words[3] = newValue }
  }
  /// The segments that stand.
  var segments: Bits {
    get { words[4] }
    set { words[4] = newValue }
  }
  /// The first snapshot was neither forgotten nor replaced by a copy that was forgotten.
  var isFirstOwed: Bool {
    get { words[30] != 0 }
    set { words[30] = newValue ? 1 : 0 }
  }

  /// A record of a prune: its packs; nil if there is none.
  func tombstone(_ number: Int) -> Bits? { record(6 + number) }
  func sweep(_ number: Int) -> Bits? { record(10 + number) }
  mutating func setTombstone(_ number: Int, _ packs: Bits?) { words[6 + number] = packs.map { $0 | 1 << 31 } ?? 0 }
  mutating func setSweep(_ number: Int, _ packs: Bits?) { words[10 + number] = packs.map { $0 | 1 << 31 } ?? 0 }

  private func record(_ word: Int) -> Bits? { words[word] == 0 ? nil : words[word] & ~(1 << 31) }

  /// The numbers of standing records.
  var tombstones: Bits { (1...4).reduce(0) { words[6 + $1] == 0 ? $0 : $0 | 1 << Bits($1) } }
  var sweeps: Bits { (1...4).reduce(0) { words[10 + $1] == 0 ? $0 : $0 | 1 << Bits($1) } }

  /// The packs that standing tombstones name.
  var condemned: Bits { (words[7] | words[8] | words[9] | words[10]) & ~(1 << 31) }

  /// The numbers under which empty segments of a session stand, from bit 1 on.
  func emptySegments(_ session: Int) -> Bits { ((words[5 + session / 8] >> Bits(session % 8 * 4)) & 15) << 1 }
  mutating func removeEmptySegments(_ session: Int) { words[5 + session / 8] &= ~(15 << Bits(session % 8 * 4)) }
  mutating func addEmptySegment(_ session: Int, _ number: Int) {
    words[5 + session / 8] |= 1 << Bits(session % 8 * 4 + number - 1)
  }

  /// The packs that a segment of ``segments`` names.
  func packs(ofSegment segment: Int) -> Bits {
    switch segment {
    case 0, 1: 1 << Bits(segment)
    case 2...5:
      segment % 2 == 1 && self[writer: (segment - 2) / 2].hasAdopted
        ? Pack.of(writer: (segment - 2) / 2, attempt: 0) : 1 << Bits(segment)
    case 10...13: Pack.of(prune: segment - 10)
    case 14...17: words[segment + 1]
    default: 0
    }
  }
  mutating func setMerged(_ prune: Int, _ packs: Bits) { words[15 + prune] = packs }

  /// The packs that these segments name.
  func packs(ofSegments segments: Bits) -> Bits {
    var packs: Bits = 0
    var rest = segments
    while rest != 0 {
      packs |= self.packs(ofSegment: rest.trailingZeroBitCount)
      rest &= rest - 1
    }
    return packs
  }

  /// The packs that standing segments name.
  var indexed: Bits { packs(ofSegments: segments) }

  /// The numbers under which segments of a session stand, from bit 1 on.
  func segmentNumbers(_ session: Int) -> Bits {
    var numbers = emptySegments(session)
    let own = segments & Segment.all(of: session)
    guard own != 0 else { return numbers }
    let early: Bits
    let late: Bits
    let hasEarly: Bool
    switch session {
    case 1...4:
      let (writer, attempt) = ((session - 1) / 2, (session - 1) % 2)
      early = Segment.early(writer: writer, attempt: attempt)
      late = Segment.packs(writer: writer, attempt: attempt)
      hasEarly = self[writer: writer].hasEarly(attempt)
    default:
      early = Segment.repacked(prune: session - 6)
      late = Segment.merged(prune: session - 6)
      hasEarly = self[prune: session - 6].hasRepacked
    }
    if own & early != 0 { numbers |= 0b10 }
    if own & late != 0 { numbers |= hasEarly ? 0b100 : 0b10 }
    return numbers
  }
}

/// Where a writer is.
struct WriterState {
  var word: UInt32
  var step: Int {
    get { Int(word & 15) }
    set { word = word & ~15 | UInt32(newValue) }
  }
  /// The session that it is in; a fenced writer starts again under another.
  var attempt: Int {
    get { Int(word >> 4 & 1) }
    set { word = word & ~16 | UInt32(newValue) << 4 }
  }
  /// Its second session refers to the pack that the first one stored.
  var hasAdopted: Bool { word & 32 != 0 }
  mutating func adopt() { word |= 32 }
  func hasEarly(_ attempt: Int) -> Bool { word & 64 << UInt32(attempt) != 0 }
  mutating func setEarly() { word |= 64 << UInt32(attempt) }
  /// The packs that are condemned, as far as it knows.
  var seen: Bits {
    get { word >> 8 }
    set { word = word & 255 | newValue << 8 }
  }
}

/// Where a prune is, and what it knows.
struct PruneState {
  var first: UInt32
  var second: UInt32
  var step: Int {
    get { Int(first & 63) }
    set { first = first & ~63 | UInt32(newValue) }
  }
  /// The tombstone that it makes or finishes.
  var number: Int {
    get { Int(first >> 6 & 7) }
    set { first = first & ~(7 << 6) | UInt32(newValue) << 6 }
  }
  /// The snapshots that it listed need the chunk.
  var isLive: Bool {
    get { first >> 9 & 1 != 0 }
    set { first = first & ~(1 << 9) | (newValue ? 1 << 9 : 0) }
  }
  /// About to remove its intent, with nothing left to know.
  var stopped: PruneState {
    var state = PruneState(first: 0, second: 0)
    if hasRepacked { state.setRepacked() }
    state.step = 36
    return state
  }
  var hasRepacked: Bool { first >> 10 & 1 != 0 }
  mutating func setRepacked() { first |= 1 << 10 }
  /// Sessions are being fenced before the work begins, not to finish a tombstone.
  var isClearing: Bool {
    get { first >> 11 & 1 != 0 }
    set { first = first & ~(1 << 11) | (newValue ? 1 << 11 : 0) }
  }
  /// Sessions are being fenced whose segments are to be replaced.
  var isMerging: Bool {
    get { first >> 15 & 1 != 0 }
    set { first = first & ~(1 << 15) | (newValue ? 1 << 15 : 0) }
  }
  /// The highest number of a session's segments, when it was fenced.
  var highest: Int {
    get { Int(first >> 12 & 7) }
    set { first = first & ~(7 << 12) | UInt32(newValue) << 12 }
  }
  /// The packs in question: listed, then those that may go, then those that will.
  var doomed: Bits {
    get { first >> 16 & 0x3ff }
    set { first = first & ~(0x3ff << 16) | newValue << 16 }
  }
  /// The packs that the index named.
  var known: Bits {
    get { second >> 20 & 0x3ff }
    set { second = second & ~(0x3ff << 20) | newValue << 20 }
  }
  /// Sessions to be fenced, segments to be replaced, or numbers of records.
  var list: Bits {
    get { second & 0xfffff }
    set { second = second & ~0xfffff | newValue }
  }
}

extension State {
  subscript(writer writer: Int) -> WriterState {
    get { WriterState(word: words[19 + writer]) }
    set { words[19 + writer] = newValue.word }
  }
  var rewriter: WriterState {
    get { WriterState(word: words[21]) }
    set { words[21] = newValue.word }
  }
  subscript(prune prune: Int) -> PruneState {
    get { PruneState(first: words[22 + 2 * prune], second: words[23 + 2 * prune]) }
    set {
      words[22 + 2 * prune] = newValue.first
      words[23 + 2 * prune] = newValue.second
    }
  }
}
