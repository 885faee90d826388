import Format
import Testing

@Suite struct NodeSummaryTests {
  private func summaries(_ object: [UInt8]) throws(FormatError) -> [NodeSummary] {
    try object.withUnsafeBufferPointer { (buffer: UnsafeBufferPointer<UInt8>) throws(FormatError) in
      var summaries: [NodeSummary] = []
      try TreeLeaf.summaries(of: UnsafeRawBufferPointer(buffer), into: &summaries)
      return summaries
    }
  }

  /// Whether the summaries say what the nodes say.
  private func agree(_ summaries: [NodeSummary], _ nodes: [Node], _ object: [UInt8]) -> Bool {
    guard summaries.count == nodes.count else { return false }
    return zip(summaries, nodes).allSatisfy { summary, node in
      var subtree: ChunkID?
      if case .directory(let tree) = node.content { subtree = tree }
      return [UInt8](object[summary.name]) == node.name && summary.type == node.type && summary.mode == node.mode
        && summary.uid == node.uid && summary.gid == node.gid && summary.size == node.size
        && summary.mtime == node.mtime && summary.ctime == node.ctime && summary.inode == node.inode
        && summary.device == node.device && summary.linkCount == node.linkCount && summary.subtree == subtree
    }
  }

  @Test("summaries say what the nodes say, also of changed bytes, and refuse what decoding refuses")
  func agreement() throws {
    for seed: UInt64 in 0..<60 {
      var generator = SeededGenerator(seed: seed)
      let leaf = generator.leaf(generator.below(seed < 4 ? 4 : 12))
      let valid = TreeObject.leaf(leaf).encode()
      #expect(agree(try summaries(valid), leaf.nodes, valid), "seed \(seed)")
      guard seed < 4 else { continue }
      for index in 2..<valid.count {
        for mask: UInt8 in [1, 0x10, 0x80, 0xFF] {
          var changed = valid
          changed[index] ^= mask
          let summaries = try? summaries(changed)
          var nodes: [Node]?
          if case .leaf(let leaf) = try? TreeObject.decode(changed) { nodes = leaf.nodes }
          #expect((summaries == nil) == (nodes == nil), "byte \(index) ^ \(mask), seed \(seed)")
          if let summaries, let nodes {
            #expect(agree(summaries, nodes, changed), "byte \(index) ^ \(mask), seed \(seed)")
          }
        }
      }
    }
  }

  @Test("a leaf written from the bytes of another one's nodes is the same leaf")
  func verbatim() throws {
    for seed: UInt64 in 0..<60 {
      var generator = SeededGenerator(seed: seed)
      let leaf = generator.leaf(generator.below(12))
      let object = TreeObject.leaf(leaf).encode()
      var writer = TreeLeafWriter()
      for (index, summary) in try summaries(object).enumerated() {
        if index.isMultiple(of: 2) {
          writer.append(leaf.nodes[index])
        } else {
          object.withUnsafeBytes { writer.append(encoded: UnsafeRawBufferPointer(rebasing: $0[summary.encoded])) }
        }
      }
      #expect(writer.isEmpty == leaf.nodes.isEmpty, "seed \(seed)")
      #expect(writer.finish(users: leaf.users, groups: leaf.groups) == object, "seed \(seed)")
      #expect(writer.isEmpty && writer.nodeBytes == 0, "seed \(seed)")
      #expect(writer.finish(users: [], groups: []) == bytes("01 00 00 00 00"), "seed \(seed)")
    }
  }

  @Test("a branch has no summaries")
  func branch() {
    var generator = SeededGenerator(seed: 1)
    let object = generator.branch(3).encode()
    #expect(failure { () throws(FormatError) in try summaries(object) }?.code == .malformed)
  }

  @Test("summaries of an earlier object are replaced")
  func replaced() throws {
    var generator = SeededGenerator(seed: 2)
    let object = TreeObject.leaf(generator.leaf(5)).encode()
    var found: [NodeSummary] = []
    for _ in 0..<2 { try object.withUnsafeBytes { try TreeLeaf.summaries(of: $0, into: &found) } }
    #expect(found.count == 5)
  }
}
