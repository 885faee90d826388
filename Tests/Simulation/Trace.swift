import Backend
import Synchronization

/// What happened, in order: a fingerprint of all of it, and the lines where they are asked for.
///
/// Ids and names are part of it: they are drawn from the seed as well, so two runs of it are the same to the last byte.
final class Trace: Sendable {
  private struct State {
    var fingerprint: UInt64 = 0xCBF2_9CE4_8422_2325
    var lines: [String] = []
  }

  private let isKept: Bool
  private let state = Mutex(State())

  init(isKept: Bool) { self.isKept = isKept }

  var fingerprint: UInt64 { state.withLock { $0.fingerprint } }
  var lines: [String] { state.withLock { $0.lines } }

  /// Notes a call.
  func note(
    _ call: String, _ name: ObjectName?, _ outcome: String, by process: Int64, at milliseconds: Int64
  ) {
    mix([UInt64(bitPattern: process), UInt64(bitPattern: milliseconds)])
    mix(call)
    if let name { mix(name.name) }
    mix(outcome)
    guard isKept else { return }
    let object = name.map { " \($0.area.rawValue)/\($0.area.isNumbered ? $0.name : String($0.name.prefix(12)))" } ?? ""
    line(process, milliseconds, "\(call)\(object) → \(outcome)")
  }

  /// Notes what an actor does.
  func note(_ text: String, by process: Int64, at milliseconds: Int64) {
    mix(text)
    if isKept { line(process, milliseconds, text) }
  }

  private func line(_ process: Int64, _ milliseconds: Int64, _ text: String) {
    let time = milliseconds / 1000
    let clock = "\(time / 86_400)d \(time / 3_600 % 24):\(time / 60 % 60):\(time % 60)"
    state.withLock { $0.lines.append("\(clock)  process \(process): \(text)") }
  }

  private func mix(_ text: String) { mix(text.utf8.lazy.map(UInt64.init)) }

  private func mix(_ words: some Sequence<UInt64>) {
    state.withLock { state in
      for word in words { state.fingerprint = (state.fingerprint ^ word) &* 0x100_0000_01B3 }
    }
  }
}

extension ObjectArea {
  /// Whether the end of a name says something.
  fileprivate var isNumbered: Bool { [.tombstones, .sweeps, .index].contains(self) }
}
