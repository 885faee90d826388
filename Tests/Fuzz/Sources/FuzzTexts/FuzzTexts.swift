import Format

/// What libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTexts(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = [UInt8](UnsafeBufferPointer(start: start, count: count))
  let text = String(decoding: input, as: UTF8.self)
  if let path = try? PathText.unescape(text) { precondition(PathText.escape(path).utf8.elementsEqual(text.utf8)) }
  precondition((try? PathText.unescape(PathText.escape(input))) == input)
  if let time = Timestamp(text: text) { precondition(Timestamp(text: time.text) == time) }
  return 0
}
