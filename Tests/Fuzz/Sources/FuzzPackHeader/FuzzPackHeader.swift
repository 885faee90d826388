import Format

/// What libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzPackHeader(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = [UInt8](UnsafeBufferPointer(start: start, count: count))
  guard let header = try? PackHeader.decode(input) else { return 0 }
  precondition(header.encode() == input)
  return 0
}
