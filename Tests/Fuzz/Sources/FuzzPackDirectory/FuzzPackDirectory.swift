import Format

/// What libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzPackDirectory(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = [UInt8](UnsafeBufferPointer(start: start, count: count))
  guard let directory = try? PackDirectory.decode(input, kind: nil) else { return 0 }
  precondition(directory.encode(paddedTo: input.count) == input)
  return 0
}
