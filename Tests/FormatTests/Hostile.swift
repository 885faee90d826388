import Format
import Testing

/// Bytes as two hexadecimal digits each; spaces and line feeds are for the reader.
func bytes(_ hex: String) -> [UInt8] {
  let digits = hex.filter { !$0.isWhitespace }
  return stride(from: 0, to: digits.count, by: 2).map { offset in
    let start = digits.index(digits.startIndex, offsetBy: offset)
    return UInt8(digits[start..<digits.index(start, offsetBy: 2)], radix: 16) ?? 0
  }
}

/// The failure that `body` throws, or nil when it returns.
func failure<Value>(_ body: () throws(FormatError) -> Value) -> FormatError? {
  do {
    _ = try body()
    return nil
  } catch {
    return error
  }
}

/// Every proper prefix of a valid encoding is refused.
func expectPrefixesRefused<Value>(
  _ valid: [UInt8], seed: UInt64, sourceLocation: SourceLocation = #_sourceLocation,
  _ decode: ([UInt8]) throws(FormatError) -> Value
) {
  for count in 0..<valid.count where failure({ () throws(FormatError) in try decode([UInt8](valid[..<count])) }) == nil
  {
    Issue.record("prefix of \(count) of \(valid.count) bytes decodes, seed \(seed)", sourceLocation: sourceLocation)
  }
}

/// Every change of one byte is refused, or decodes to a value that `check` finds consistent with the changed bytes.
func expectFlipsHarmless<Value>(
  _ valid: [UInt8], seed: UInt64, sourceLocation: SourceLocation = #_sourceLocation,
  _ decode: ([UInt8]) throws(FormatError) -> Value, check: (Value, [UInt8]) -> Bool
) {
  var changed = valid
  for index in valid.indices {
    for mask: UInt8 in [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xFF] {
      changed[index] = valid[index] ^ mask
      guard let value = try? decode(changed), !check(value, changed) else { continue }
      Issue.record("byte \(index) ^ \(mask) decodes wrongly, seed \(seed)", sourceLocation: sourceLocation)
    }
    changed[index] = valid[index]
  }
}
