import Format

/// What libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzParityDescription(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = UnsafeRawBufferPointer(start: start, count: count)
  for copy in [ParityDescription.Copy.head, .tail] {
    guard let description = try? ParityDescription.decode(input, copy) else { continue }
    precondition(description.encode(copy).elementsEqual(input))
  }
  guard count >= ParityDescription.headerLength else { return 0 }
  let header = UnsafeRawBufferPointer(rebasing: input.prefix(ParityDescription.headerLength))
  guard let layout = try? ParityDescription.decodeHeader(header) else { return 0 }
  // Everything that a reader computes from a header that nobody vouches for.
  precondition(ParityDescription.objectLength(layout) <= ParityDescription.objectLengthLimit)
  for index in [0, layout.stripeCount - 1] {
    let stripe = layout.stripe(index)
    precondition(stripe.sectorCount >= 1 && stripe.firstParity + stripe.parityCount <= layout.parityCount)
  }
  return 0
}
