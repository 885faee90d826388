import Format

/// What libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTreeObject(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = [UInt8](UnsafeBufferPointer(start: start, count: count))
  // Both decoders agree on what a leaf is.
  let object = try? TreeObject.decode(input)
  var summaries: [NodeSummary] = []
  let isLeaf = (try? input.withUnsafeBytes { try TreeLeaf.summaries(of: $0, into: &summaries) }) != nil
  guard let object else {
    precondition(!isLeaf)
    return 0
  }
  if case .leaf(let leaf) = object { precondition(isLeaf && summaries.count == leaf.nodes.count) }
  precondition((try? TreeObject.decode(object.encode())) == object)
  return 0
}
