/// What can happen next in a state: each process makes a step of its own, or a snapshot is forgotten.
///
/// A step is one call of the backend. That a process is suspended for long, or dead, needs no step: the others go on.
struct Model {
  let bounds: Bounds
  let broken: BrokenRule
  /// Whether labels are wanted.
  var isTracing = false
  var states: [State] = []
  var labels: [String] = []

  init(_ bounds: Bounds, broken: BrokenRule = .none) {
    self.bounds = bounds
    self.broken = broken
  }

  static var start: State {
    var state = State()
    state.packs = Pack.initial
    state.segments = Segment.initial
    state.snapshots = Session.bit(Session.first)
    state.isFirstOwed = true
    return state
  }

  mutating func add(_ state: State, _ label: @autoclosure () -> String) {
    states.append(canonical(state))
    if isTracing { labels.append(label()) }
  }

  /// The same state without what can't make a difference any more.
  private func canonical(_ state: State) -> State {
    var state = state
    for writer in 0..<bounds.writers {
      let me = state[writer: writer]
      if me.attempt == 1 || me.step == 9 { end(Session.of(writer: writer, attempt: 0), &state) }
      if me.attempt == 1 && me.step == 9 { end(Session.of(writer: writer, attempt: 1), &state) }
    }
    for prune in 0..<bounds.prunes where state[prune: prune].step == 37 { end(Session.of(prune: prune), &state) }
    if !bounds.rewriter { end(Session.first, &state) }
    return state
  }

  /// A session that has ended reads nothing any more, so nobody reads what others left for it.
  private func end(_ session: Int, _ state: inout State) {
    let bit = Session.bit(session)
    state.aborts &= ~bit
    state.removeEmptySegments(session)
    guard state.snapshots & bit != 0 else { return }
    state.snapshots = state.snapshots & ~bit | Session.bit(Session.ended)
  }

  /// Fills ``states`` with what can follow.
  mutating func follow(_ state: State) {
    states.removeAll(keepingCapacity: true)
    labels.removeAll(keepingCapacity: true)
    forget(state)
    // All writers are alike, and all prunes: they may as well begin in order.
    for writer in 0..<bounds.writers where writer == 0 || state[writer: writer - 1].word != 0 { write(writer, state) }
    if bounds.rewriter { rewrite(state) }
    for prune in 0..<bounds.prunes where prune == 0 || state[prune: prune - 1].step != 0 { self.prune(prune, state) }
  }

  private mutating func forget(_ state: State) {
    var rest = state.snapshots
    while rest != 0 {
      let session = rest.trailingZeroBitCount
      rest &= rest - 1
      var next = state
      next.snapshots &= ~Session.bit(session)
      if session == Session.first || session == Session.rewriter || session == Session.ended {
        next.isFirstOwed = false
      }
      add(next, "forget \(name(session))")
    }
  }

  /// What must not be; nil if all is well.
  static func violation(_ state: State) -> String? {
    let indexed = state.indexed
    if state.snapshots != 0, indexed & state.packs == 0 { return "a snapshot has lost its chunk" }
    if indexed & ~state.packs & ~state.condemned != 0 { return "a segment names a pack that is gone" }
    let owed = Session.bit(Session.first) | Session.bit(Session.rewriter) | Session.bit(Session.ended)
    if state.isFirstOwed, state.snapshots & owed == 0 {
      return "the first snapshot is gone though nobody forgot it"
    }
    return nil
  }
}

func name(_ session: Int) -> String {
  switch session {
  case 0: "first"
  case 1...4: "w\((session - 1) / 2).\((session - 1) % 2)"
  case 5: "rewrite"
  case 6...9: "p\(session - 6)"
  default: "a snapshot"
  }
}
