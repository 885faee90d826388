import CRaw
import Cryptography
import Format

/// Encoding and decoding directories.
enum TreeLoops {
  static func run(_ meter: Meter) throws -> [Loop] {
    var samples = Samples()
    let nodes = (0..<meter.amount(1000, smoke: 20)).map { number in
      let id = samples.random(32).withBytes { ChunkID(Digest256($0)) }
      let size = UInt64.random(in: 1...60_000, using: &samples)
      return Node(
        name: Array("file-\(1_000_000 + number).swift".utf8), type: .file, mode: 0o644, uid: 1000, gid: 1000,
        size: size,
        mtime: Timestamp(seconds: 1_700_000_000, nanoseconds: UInt32.random(in: 0..<1_000_000_000, using: &samples)),
        ctime: Timestamp(seconds: 1_700_000_000, nanoseconds: UInt32.random(in: 0..<1_000_000_000, using: &samples)),
        inode: UInt64(5_000_000 + number), device: 2049, linkCount: 1, content: .file([.chunk(id, length: size)]))
    }
    var writer = TreeLeafWriter()
    var object: [UInt8] = []
    let encoding = meter.rate(nodes.count) {
      for node in nodes { writer.append(node) }
      object = writer.finish(users: [], groups: [])
    }
    let decoding = try meter.rate(nodes.count) { _ = try object.withBytes { try TreeObject.decode($0) } }
    var summaries: [NodeSummary] = []
    let summarising = try meter.rate(nodes.count) {
      try object.withBytes { try TreeLeaf.summaries(of: $0, into: &summaries) }
    }
    try RawFailure.check(summaries.count == nodes.count, "decoding")
    let target = UnsafeMutableRawBufferPointer.allocate(byteCount: object.count, alignment: 64)
    defer { target.deallocate() }
    let copying = meter.rate(nodes.count) { craw_copy(target.baseAddress, object, object.count) }
    let limit = "memcpy of \(object.count / nodes.count) B"
    return [
      Loop("encode a node", .operations, encoding, limit: limit, copying),
      Loop("decode a node", .operations, decoding, limit: limit, copying),
      Loop("a node's summary, for comparing", .operations, summarising, limit: limit, copying),
    ]
  }
}
