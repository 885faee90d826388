import Format

/// What libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSmallRecords(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = [UInt8](UnsafeBufferPointer(start: start, count: count))
  if let intent = try? Intent.decode(input) { _ = try? intent.encode() }
  if let abort = try? AbortRecord.decode(input) { _ = try? abort.encode() }
  if let packs = try? PackSet.decode(input) { _ = try? packs.encode() }
  return 0
}
