import Format

/// What libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzPackFooter(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = [UInt8](UnsafeBufferPointer(start: start, count: count))
  // The first bytes stand for the length of the pack.
  guard input.count > 4 else { return 0 }
  let length = input.prefix(4).reduce(0) { $0 << 8 | UInt64($1) }
  guard let footer = try? PackFooter.decode([UInt8](input.dropFirst(4)), packLength: length) else { return 0 }
  precondition(footer.encode().elementsEqual(input.dropFirst(4)))
  return 0
}
