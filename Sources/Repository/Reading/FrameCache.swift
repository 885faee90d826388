import Synchronization

/// The frames that were decoded last, up to a number of bytes.
final class FrameCache: Sendable {
  private struct State {
    var frames: [UInt64: (frame: DecodedFrame, lastUse: UInt64)] = [:]
    var bytes = 0
    var clock: UInt64 = 0
  }

  private let capacity: Int
  private let state = Mutex(State())

  init(capacity: Int) {
    self.capacity = capacity
  }

  func frame(_ key: UInt64) -> DecodedFrame? {
    state.withLock { state in
      state.clock += 1
      guard let found = state.frames[key]?.frame else { return nil }
      state.frames[key]?.lastUse = state.clock
      return found
    }
  }

  func insert(_ frame: DecodedFrame, _ key: UInt64) {
    state.withLock { state in
      state.clock += 1
      if state.frames.updateValue((frame, state.clock), forKey: key) == nil { state.bytes += frame.count }
      // Frames are large and few, so the oldest is simply searched for.
      while state.bytes > capacity, state.frames.count > 1,
        let oldest = state.frames.min(by: { $0.value.lastUse < $1.value.lastUse })
      {
        state.frames[oldest.key] = nil
        state.bytes -= oldest.value.frame.count
      }
    }
  }
}
