extension Model {
  /// A prune's work on a tombstone that stands.
  mutating func finish(_ index: Int, _ state: State) {
    let me = state[prune: index]
    let session = Session.of(prune: index)
    let own = Session.bit(session)
    var next = state
    func label(_ text: String) -> String { "p\(index) \(text)" }
    func go(_ step: Int) { next[prune: index].step = step }
    func stop() { next[prune: index] = me.stopped }
    switch me.step {
    case 20:
      next[prune: index].list = broken == .intentsIgnored ? 0 : state.intents & ~own
      resolve(index, &next)
      let others = next[prune: index].list
      add(next, label("lists intents: \(bits(others))"))
    case 21...24: fence(index, state)
    case 25:
      next[prune: index].known = state.indexed
      go(26)
      add(next, label("lists segments: \(bits(state.indexed))"))
    case 26: remark(index, state)
    case 27:
      if let recorded = state.sweep(me.number), broken != .noSweepRecord {
        next[prune: index].doomed = recorded
        next[prune: index].step = 28
        return add(next, label("finds sweep record \(me.number): \(bits(recorded))"))
      }
      next.setSweep(me.number, me.doomed)
      go(28)
      add(next, label("publishes sweep record \(me.number): \(bits(me.doomed))"))
    case 28:
      let isFenced = state.aborts & own != 0
      if isFenced { stop() } else { go(29) }
      add(next, label(isFenced ? "finds that it was fenced" : "is not fenced"))
    case 29:
      next[prune: index].list = state.segments & ~Segment.all(of: session)
      if broken == .intentsListedBeforeSegments { next[prune: index].list = state.intents }
      go(30)
      add(next, label("lists segments: \(bits(state.indexed))"))
    case 30: merge(index, state)
    case 31:
      let number: Bits = me.hasRepacked ? 0b100 : 0b10
      if state.emptySegments(session) & number != 0, broken != .mergedUnclaimed {
        next.setMerged(index, 0)
        stop()
      } else {
        next.segments |= Segment.merged(prune: index)
        go(32)
      }
      add(next, label("publishes the merged segment: \(bits(state.words[15 + index]))"))
    case 32:
      let segment = me.list & ~(me.list - 1)
      next.segments &= ~segment
      if Segment.merged(prune: 0) <= segment { next.setMerged(segment.trailingZeroBitCount - 14, 0) }
      next[prune: index].list &= ~segment
      if next[prune: index].list == 0 { go(me.doomed == 0 ? 34 : 33) }
      add(next, label("deletes segment \(bits(segment))"))
    case 33:
      if broken == .tombstoneBeforePacks { next.setTombstone(me.number, nil) }
      let pack = me.doomed & ~(me.doomed - 1)
      next.packs &= ~pack
      next[prune: index].doomed &= ~pack
      if next[prune: index].doomed == 0 { go(34) }
      add(next, label("deletes pack \(bits(pack))"))
    case 34:
      next.setTombstone(me.number, nil)
      go(35)
      add(next, label("deletes tombstone \(me.number)"))
    case 35:
      for number in 1...4 where number < me.number { next.setSweep(number, nil) }
      if broken == .sweepsCleanedEarly { next.setSweep(me.number, nil) }
      stop()
      add(next, label("deletes old sweep records"))
    case 36:
      next.intents &= ~own
      go(37)
      add(next, label("removes its intent"))
    default: break
    }
  }

  /// Goes to the next session to be resolved, or on if there is none.
  private func resolve(_ index: Int, _ state: inout State) {
    var me = state[prune: index]
    if me.list != 0 {
      me.step = 21
    } else {
      me.step = me.isClearing ? 1 : me.isMerging ? 29 : 25
      me.isClearing = false
      me.isMerging = false
    }
    state[prune: index] = me
  }

  /// Waits for sessions, or fences them off.
  private mutating func fence(_ index: Int, _ state: State) {
    let me = state[prune: index]
    var next = state
    func go(_ step: Int) { next[prune: index].step = step }
    let other = me.list.trailingZeroBitCount
    let bit = Session.bit(other)
    func label(_ text: String) -> String { "p\(index) \(text) \(name(other))" }
    switch me.step {
    case 21:
      if state.intents & bit == 0 || state.snapshots & bit != 0 && !me.isMerging {
        next[prune: index].list &= ~bit
        resolve(index, &next)
        add(next, label("need not wait for"))
      } else if state.snapshots & bit != 0 {
        go(24)
        add(next, label("finds committed"))
      } else {
        if broken != .noAbortRecord { next.aborts |= bit }
        go(broken == .noEmptySegment ? 24 : 22)
        add(next, label("publishes the abort record of"))
      }
    case 22:
      let numbers = state.segmentNumbers(other)
      next[prune: index].highest = numbers == 0 ? 0 : 31 - numbers.leadingZeroBitCount
      go(23)
      add(next, label("lists segments of"))
    case 23:
      let number = me.highest + 1
      next[prune: index].highest = number
      if number > 4 {
        go(24)
      } else if state.segmentNumbers(other) >> Bits(number) & 1 == 0 {
        next.addEmptySegment(other, number)
        go(24)
      }
      if next[prune: index].step == 24 { next[prune: index].highest = 0 }
      add(next, label("publishes empty segment \(number) of"))
    default:
      next.intents &= ~bit
      next[prune: index].list &= ~bit
      resolve(index, &next)
      add(next, label("removes the intent of"))
    }
  }

  /// Decides which packs really go.
  private mutating func remark(_ index: Int, _ state: State) {
    let me = state[prune: index]
    let isLive = state.snapshots != 0
    let known = me.known
    var choices: Set<Bits> = [me.doomed]
    if isLive, known & ~me.doomed == 0, broken != .noRemark, known != 0 {
      // One pack is enough, and which one is nobody's concern; a simple prune rescues all.
      choices = [me.doomed & ~known]
      var rest = me.doomed & known
      while rest != 0 {
        choices.insert(me.doomed & ~(rest & ~(rest - 1)))
        rest &= rest - 1
      }
    }
    for choice in choices.sorted() {
      var next = state
      next[prune: index].known = 0
      next[prune: index].doomed = choice
      next[prune: index].step = 27
      add(next, "p\(index) lists snapshots: \(isLive ? "live" : "dead"), removes \(bits(choice))")
    }
  }

  /// Chooses the segments to be replaced: those that name doomed packs, or all.
  private mutating func merge(_ index: Int, _ state: State) {
    let me = state[prune: index]
    let own = Session.of(prune: index)
    var (segments, intents) = (me.list, state.intents)
    if broken == .intentsListedBeforeSegments {
      (segments, intents) = (state.segments & ~Segment.all(of: own), me.list)
    }
    var spared: Bits = 0
    for other in 0..<Session.count where intents & Session.bit(other) != 0 { spared |= Segment.all(of: other) }
    if broken == .liveSegmentsReplaced { spared = 0 }
    let all = segments & ~spared
    var needed: Bits = 0
    for segment in 0..<Segment.count where segments >> Bits(segment) & 1 != 0 {
      if state.packs(ofSegment: segment) & me.doomed != 0 { needed |= 1 << Bits(segment) }
    }
    if broken == .doomedSegmentsSpared { needed &= ~spared }
    guard needed & spared == 0 else {
      var next = state
      var sessions: Bits = 0
      for other in 0..<Session.count where intents & Session.bit(other) != 0 {
        if needed & Segment.all(of: other) != 0 { sessions |= Session.bit(other) }
      }
      next[prune: index].list = sessions
      next[prune: index].isMerging = true
      next[prune: index].step = 21
      return add(next, "p\(index) lists intents, is to fence sessions \(bits(sessions)) that name doomed packs")
    }
    for replaced in Set([needed, all]).sorted() {
      var next = state
      // Segments that are gone by now were in the list nevertheless: what they say is read from the cache.
      let merged = state.packs(ofSegments: replaced) & ~me.doomed
      next[prune: index].list = replaced
      next.setMerged(index, merged)
      next[prune: index].step = merged != 0 ? 31 : replaced != 0 ? 32 : me.doomed != 0 ? 33 : 34
      add(next, "p\(index) lists intents, is to replace segments \(bits(replaced))")
    }
  }
}
