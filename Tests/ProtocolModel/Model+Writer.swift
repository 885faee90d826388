extension Model {
  /// A backup.
  mutating func write(_ index: Int, _ state: State) {
    let me = state[writer: index]
    let session = Session.of(writer: index, attempt: me.attempt)
    let own = Session.bit(session)
    var next = state
    func label(_ text: String) -> String { "w\(index).\(me.attempt) \(text)" }
    func go(_ step: Int) { next[writer: index].step = step }
    let listsFirst = broken == .lateIntent || broken == .indexListedFirst
    switch me.step {
    case 0:
      if broken != .lateIntent { next.intents |= own }
      go(1)
      add(next, label("publishes its intent"))
    case 1:
      if broken == .indexListedFirst {
        // Only whether the chunk is stored matters later.
        next[writer: index].seen = state.indexed
        go(10)
        return add(next, label("lists segments"))
      }
      next[writer: index].seen = broken == .tombstonesIgnored ? 0 : state.condemned
      go(2)
      add(next, label("lists tombstones: \(bits(state.condemned))"))
    case 10:
      let isStored = me.seen & ~state.condemned != 0
      next[writer: index].seen = isStored ? 0 : state.condemned
      go(isStored ? 6 : 3)
      add(next, label("lists tombstones: \(bits(state.condemned))"))
    case 2:
      let isStored = state.indexed & ~me.seen != 0
      if isStored { next[writer: index].seen = 0 }
      if listsFirst { next.intents |= own }
      go(isStored ? 6 : bounds.early ? 3 : 4)
      add(next, label("lists segments: \(bits(state.indexed))"))
    case 3:
      go(4)
      add(next, label("has one segment"))
      next[writer: index].setEarly()
      if state.emptySegments(session) & 0b10 != 0 {
        go(8)
      } else {
        next.segments |= Segment.early(writer: index, attempt: me.attempt)
      }
      add(next, label("publishes a segment that doesn't matter"))
    case 4:
      let earlier = Pack.of(writer: index, attempt: 0)
      if bounds.adopts, me.attempt == 1, state.packs & earlier != 0,
        me.seen & earlier == 0 || broken == .adoptedUnchecked
      {
        next[writer: index].adopt()
        next[writer: index].seen = 0
        go(5)
        add(next, label("finds the pack of its first attempt"))
        next = state
      }
      next[writer: index].seen = 0
      next.packs |= Pack.of(writer: index, attempt: me.attempt)
      go(5)
      add(next, label("publishes a pack"))
    case 5:
      let number: Bits = me.hasEarly(me.attempt) ? 0b100 : 0b10
      if state.emptySegments(session) & number != 0 {
        go(8)
      } else {
        next.segments |= Segment.packs(writer: index, attempt: me.attempt)
        go(6)
      }
      add(next, label("publishes the segment of its pack"))
      if bounds.abandons {
        next = state
        go(8)
        add(next, label("gives up"))
      }
    case 6:
      if state.aborts & own != 0, broken != .commitReplaces {
        go(8)
        return add(next, label("finds that it was fenced"))
      }
      next.aborts &= ~own
      next.snapshots |= own
      go(7)
      add(next, label("commits"))
    case 7:
      next.intents &= ~own
      go(9)
      add(next, label("removes its intent"))
    case 8:
      next.intents &= ~own
      if me.attempt + 1 < bounds.attempts {
        next[writer: index].attempt = 1
        next[writer: index].seen = 0
        go(0)
      } else {
        go(9)
      }
      add(next, label("removes its intent, having failed"))
    default: break
    }
  }

  /// A new snapshot in place of the first one, as tagging makes it.
  mutating func rewrite(_ state: State) {
    let me = state.rewriter
    let own = Session.bit(Session.rewriter)
    let first = Session.bit(Session.first)
    var next = state
    func go(_ step: Int) { next.rewriter.step = step }
    switch me.step {
    case 0:
      next.intents |= own
      go(1)
      add(next, "rewrite publishes its intent")
    case 1:
      next.rewriter.seen = state.condemned
      go(2)
      add(next, "rewrite lists tombstones: \(bits(state.condemned))")
    case 2:
      let isSafe = me.seen == 0 || state.indexed & ~me.seen != 0
      next.rewriter.seen = 0
      go(isSafe ? broken == .rewriteUnchecked ? 4 : 3 : 6)
      add(next, "rewrite lists segments: \(bits(state.indexed))")
    case 3:
      go(state.snapshots & first != 0 ? 4 : 6)
      add(next, "rewrite looks for the snapshot")
    case 4:
      if broken == .deletedBeforeReplaced {
        next.snapshots &= ~first
        go(7)
        return add(next, "rewrite deletes the old snapshot")
      }
      if state.aborts & own != 0 {
        go(6)
        return add(next, "rewrite finds that it was fenced")
      }
      next.snapshots |= own
      go(5)
      add(next, "rewrite commits")
    case 5:
      next.snapshots &= ~first
      go(6)
      add(next, "rewrite deletes the old snapshot")
    case 6:
      next.intents &= ~own
      go(9)
      add(next, "rewrite removes its intent")
    case 7:
      if state.aborts & own == 0 { next.snapshots |= own }
      go(6)
      add(next, "rewrite commits")
    default: break
    }
  }
}

func bits(_ set: Bits) -> String {
  "{" + (0..<20).filter { set >> Bits($0) & 1 != 0 }.map(String.init).joined(separator: " ") + "}"
}
