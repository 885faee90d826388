import FileSystem
import Format
import Repository
import Synchronization

/// A file that is read in slabs: one worker reads and cuts it, all of them store the slabs.
final class LargeFile: Sendable {
  private struct State {
    var content = ContentBuilder()
    /// How many parts the content has taken in, how many there are so far, and those whose turn has not come.
    var taken = 0
    var expected = 0
    var waiting: [Int: [ContentItem]] = [:]
    var isEnded = false

    var isComplete: Bool { isEnded && taken == expected }
  }

  /// What is to be done with the content when it is complete.
  enum Destination: Sendable {
    /// The node, which lacks its content and size, belongs into a directory.
    case entry(DirectoryTask.Place, Node)
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
      defer { state.expected += 1 }
      return state.expected
    }
  }

  /// Fills a place; what is complete up to there goes into the content. True if it was the last one awaited.
  ///
  /// Parts that come before their turn wait, no more than there are slabs.
  func fill(_ part: Int, _ items: [ContentItem], storingIn writer: ChunkWriter) throws(RepositoryError) -> Bool {
    try state.withLock { (state) throws(RepositoryError) in
      state.waiting[part] = items
      while let next = state.waiting.removeValue(forKey: state.taken) {
        for item in next { try state.content.append(item, storingIn: writer) }
        state.taken += 1
      }
      return state.isComplete
    }
  }

  /// Says that the end has been read. True if no part is awaited any more.
  func ended() -> Bool {
    state.withLock { state in
      state.isEnded = true
      return state.isComplete
    }
  }

  /// The content, when no part is awaited.
  func content() -> ContentBuilder { state.withLock { $0.content } }
}
