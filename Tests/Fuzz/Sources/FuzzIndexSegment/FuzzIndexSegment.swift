import Format

/// What libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzIndexSegment(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = [UInt8](UnsafeBufferPointer(start: start, count: count))
  guard let segment = try? IndexSegment.decode(input) else { return 0 }
  precondition(segment.encode() == input)
  return 0
}
