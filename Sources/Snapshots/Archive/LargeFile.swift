import FileSystem
import Format
import Synchronization

/// A file that is read in slabs: one worker reads and cuts it, all of them store the slabs.
final class LargeFile: Sendable {
  private struct State {
    var parts: [[ContentItem]] = []
    /// Slabs not stored yet, and one more until the end has been read.
    var awaited = 1
  }

  /// What is to be done with the content when it is complete.
  enum Destination: Sendable {
    /// The node, which lacks its content and size, belongs into a slot of a directory.
    case slot(Int, of: DirectoryTask, Node)
    /// The content is handed over.
    case stream(@Sendable ([ContentItem], UInt64) -> Void)
  }

  let destination: Destination
  private let state = Mutex(State())

  init(_ destination: Destination) {
    self.destination = destination
  }

  /// Reserves the next place in the file's content.
  func expectPart() -> Int {
    state.withLock { state in
      state.parts.append([])
      state.awaited += 1
      return state.parts.count - 1
    }
  }

  /// Fills a place. True if it was the last one awaited.
  func fill(_ part: Int, _ items: [ContentItem]) -> Bool {
    state.withLock { state in
      state.parts[part] = items
      state.awaited -= 1
      return state.awaited == 0
    }
  }

  /// Says that the end has been read. True if no part is awaited any more.
  func ended() -> Bool {
    state.withLock { state in
      state.awaited -= 1
      return state.awaited == 0
    }
  }

  /// The content, when no part is awaited.
  func content() -> ContentBuilder {
    var builder = ContentBuilder()
    for item in state.withLock({ $0.parts.joined() }) { builder.append(item) }
    return builder
  }
}
