import Format

/// What libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRecordHeader(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = [UInt8](UnsafeBufferPointer(start: start, count: count))
  guard let header = try? RecordHeader.decode(input) else { return 0 }
  precondition(header.encode() == input)
  return 0
}
