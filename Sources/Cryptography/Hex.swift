/// Lower-case hexadecimal. Upper case is refused, so that bytes have one spelling and names made from them can be compared
/// as text.
package enum Hex {
  private static func append(_ bytes: UnsafeRawBufferPointer, to digits: UnsafeMutableBufferPointer<UInt8>) {
    for index in 0..<bytes.count {
      digits[2 * index] = digit(bytes[index] >> 4)
      digits[2 * index + 1] = digit(bytes[index] & 15)
    }
  }

  /// Two digits for each byte.
  package static func text(_ bytes: UnsafeRawBufferPointer) -> String {
    String(unsafeUninitializedCapacity: 2 * bytes.count) { digits in
      append(bytes, to: digits)
      return 2 * bytes.count
    }
  }

  /// Fills `target`, or returns false when `text` is not exactly its bytes in hexadecimal.
  package static func parse(_ text: some StringProtocol, into target: UnsafeMutableRawBufferPointer) -> Bool {
    var text = text.utf8.makeIterator()
    for index in 0..<target.count {
      guard let high = text.next().flatMap(value), let low = text.next().flatMap(value) else { return false }
      target[index] = high << 4 | low
    }
    return text.next() == nil
  }

  /// The digit of a value below 16.
  package static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }

  /// The value of a digit; nil if it is none.
  package static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}
