extension Model {
  /// A prune, up to where it makes or finds a tombstone; 20 and on finish it.
  mutating func prune(_ index: Int, _ state: State) {
    let me = state[prune: index]
    let session = Session.of(prune: index)
    let own = Session.bit(session)
    var next = state
    func label(_ text: String) -> String { "p\(index) \(text)" }
    func go(_ step: Int) { next[prune: index].step = step }
    func stop() { next[prune: index] = me.stopped }
    if me.step >= 20 { return finish(index, state) }
    switch me.step {
    case 0:
      if broken != .pruneWithoutIntent { next.intents |= own }
      go(1)
      add(next, label("publishes its intent"))
      if bounds.clears {
        next[prune: index].isClearing = true
        go(20)
        add(next, label("publishes its intent, and is to fence others first"))
      }
    case 1:
      next[prune: index].list = state.tombstones
      go(2)
      add(next, label("lists tombstones"))
    case 2: decide(index, state)
    case 3:
      let number = me.list.trailingZeroBitCount
      next.setTombstone(number, nil)
      next[prune: index].list = me.list & (me.list - 1)
      if next[prune: index].list == 0 { go(1) }
      add(next, label("removes void tombstone \(number)"))
    case 4:
      next[prune: index].doomed = state.packs
      go(5)
      add(next, label("lists packs: \(bits(state.packs))"))
    case 5:
      next[prune: index].known = state.indexed
      go(6)
      add(next, label("lists segments: \(bits(state.indexed))"))
    case 6:
      let others = state.intents & ~own
      var spared: Bits = 0
      for other in 0..<Session.count where others & Session.bit(other) != 0 {
        spared |= state.packs(ofSegments: state.segments & Segment.all(of: other))
      }
      if broken == .packsOfRunningSessions { spared = 0 }
      let orphans = others == 0 || broken == .orphansWhileWriting ? me.doomed & ~me.known : 0
      next[prune: index].doomed = me.doomed & me.known & ~spared | orphans
      go(7)
      let candidates = next[prune: index].doomed
      add(next, label("lists intents: may condemn \(bits(candidates))"))
    case 7:
      let isLive = state.snapshots != 0
      guard me.doomed != 0 else {
        stop()
        return add(next, label("has nothing to do"))
      }
      next[prune: index].isLive = isLive
      go(10)
      add(next, label("lists snapshots: \(isLive ? "live" : "dead")"))
      if bounds.repacks, isLive, me.known & me.doomed & state.packs != 0 {
        go(8)
        add(next, label("lists snapshots, and is to repack"))
      }
    case 8:
      next.packs |= Pack.of(prune: index)
      go(9)
      add(next, label("writes the chunk again"))
    case 9:
      if state.emptySegments(session) & 0b10 != 0 {
        stop()
      } else {
        next.segments |= Segment.repacked(prune: index)
        next[prune: index].setRepacked()
        next[prune: index].known |= Pack.of(prune: index)
        go(10)
      }
      add(next, label("publishes the segment of its pack"))
    case 10: condemn(index, state)
    case 14:
      let isFenced = state.aborts & own != 0
      if !isFenced || broken == .noFencedCheckAfterTombstone {
        go(20)
        return add(next, label("is not fenced"))
      }
      if broken == .tombstoneOfFencedRemoved { next.setTombstone(me.number, nil) }
      stop()
      add(next, label("finds that it was fenced"))
    default: break
    }
  }

  /// Lists sweep records, and does what follows from them and from the tombstones.
  private mutating func decide(_ index: Int, _ state: State) {
    let me = state[prune: index]
    var next = state
    let tombstones = me.list
    let sweeps = state.sweeps
    let last = sweeps == 0 ? 0 : 31 - sweeps.leadingZeroBitCount
    let void = tombstones & ((1 << Bits(last)) - 1)
    let open = tombstones & ~void
    next[prune: index].list = 0
    if void != 0, open == 0 {
      next[prune: index].list = void
      next[prune: index].step = 3
    } else if open != 0, broken != .parallelTombstones {
      let number = open.trailingZeroBitCount
      if let packs = state.tombstone(number) {
        next[prune: index].number = number
        next[prune: index].doomed = packs
        let isRecorded = state.sweep(number) != nil && broken != .noSweepRecord
        next[prune: index].step = isRecorded ? 27 : 20
      } else {
        next[prune: index] = me.stopped
      }
    } else {
      let number = max(last, open == 0 ? 0 : 31 - open.leadingZeroBitCount) + 1
      next[prune: index].number = number
      next[prune: index].step = 4
      if number > 4 { next[prune: index] = me.stopped }
    }
    let number = next[prune: index].number
    add(next, "p\(index) lists sweeps: open \(bits(open)), number \(number)")
  }

  /// Chooses what to condemn, and publishes the tombstone.
  private mutating func condemn(_ index: Int, _ state: State) {
    let me = state[prune: index]
    var choices: Set<Bits> = [me.doomed]
    var rest = me.doomed
    while rest != 0 {
      let pack = rest & ~(rest - 1)
      rest &= rest - 1
      choices.insert(pack)
      choices.insert(me.doomed & ~pack)
    }
    for choice in choices.sorted() where choice != 0 {
      if me.isLive, me.known != 0, me.known & ~choice == 0 { continue }
      var next = state
      if state.tombstone(me.number) != nil, broken != .tombstoneClobbers {
        next[prune: index] = me.stopped
      } else {
        next.setTombstone(me.number, choice)
        next[prune: index].doomed = choice
        next[prune: index].known = 0
        next[prune: index].isLive = false
        next[prune: index].step = 14
      }
      add(next, "p\(index) publishes tombstone \(me.number): \(bits(choice))")
    }
  }
}
