import Cryptography
import Format
import Glibc

/// Some of very many chunk ids: evenly spaced, so that they come from everywhere.
struct IDSample {
  private static let limit = 200_000

  private(set) var ids: [ChunkID] = []
  private let stride: Int
  private var offered = 0

  /// A sample of `count` ids that will be offered.
  init(of count: Int) { stride = max(1, (count + Self.limit - 1) / Self.limit) }

  mutating func offer(_ id: ChunkID) {
    if offered % stride == 0 { ids.append(id) }
    offered += 1
  }

  func write(to path: String) throws {
    guard let file = fopen(path, "wbe") else { throw FileFailure(path: path) }
    defer { fclose(file) }
    for id in ids {
      let written = id.digest.withUnsafeBytes { fwrite($0.baseAddress, $0.count, 1, file) }
      guard written == 1 else { throw FileFailure(path: path) }
    }
    guard fflush(file) == 0 else { throw FileFailure(path: path) }
  }

  /// The ids in a file, in another order.
  static func shuffled(from path: String) throws -> [ChunkID] {
    guard let file = fopen(path, "rbe") else { throw FileFailure(path: path) }
    defer { fclose(file) }
    var ids: [ChunkID] = []
    var bytes = [UInt8](repeating: 0, count: 32)
    while fread(&bytes, bytes.count, 1, file) == 1 { ids.append(bytes.withUnsafeBytes { ChunkID(Digest256($0)) }) }
    return ids.shuffled()
  }
}

/// A file of ids can't be written or read.
struct FileFailure: Error {
  let path: String
}
