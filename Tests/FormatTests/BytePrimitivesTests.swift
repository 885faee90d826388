import Format
import Testing

@Suite struct BytePrimitivesTests {
  private func read<Value>(
    _ input: [UInt8], _ body: (inout ByteReader) throws(FormatError) -> Value
  ) -> Result<Value, FormatError> {
    input.withUnsafeBytes { raw in
      var reader = ByteReader(raw, record: "test")
      return Result { () throws(FormatError) in try body(&reader) }
    }
  }

  private func varint(_ input: [UInt8]) -> UInt64? {
    try? read(input) { reader throws(FormatError) in
      let value = try reader.varint("value")
      try reader.finish()
      return value
    }.get()
  }

  @Test(
    "varints have the bytes that the format says",
    arguments: [
      (0, "00"), (1, "01"), (127, "7f"), (128, "80 01"), (300, "ac 02"), (16_383, "ff 7f"), (16_384, "80 80 01"),
      (UInt64(UInt32.max), "ff ff ff ff 0f"), (1 << 63, "80 80 80 80 80 80 80 80 80 01"),
      (.max, "ff ff ff ff ff ff ff ff ff 01"),
    ])
  func varintVectors(value: UInt64, hex: String) {
    var writer = ByteWriter()
    writer.varint(value)
    #expect(writer.bytes == bytes(hex))
    #expect(varint(bytes(hex)) == value)
  }

  @Test(
    "varints that are too long, too large or cut off are refused",
    arguments: [
      "", "80", "80 00", "ff 80 00", "81 80 80 80 80 80 80 80 80 00", "ff ff ff ff ff ff ff ff ff 02",
      "ff ff ff ff ff ff ff ff ff 81 00", "80 80 80 80 80 80 80 80 80 80 01",
    ])
  func badVarints(hex: String) {
    #expect(varint(bytes(hex)) == nil)
  }

  @Test(
    "signed integers are zigzag",
    arguments: [(0, "00"), (-1, "01"), (1, "02"), (-64, "7f"), (64, "80 01")] as [(Int64, String)])
  func zigzag(value: Int64, hex: String) {
    var writer = ByteWriter()
    writer.svarint(value)
    #expect(writer.bytes == bytes(hex))
  }

  @Test("what is written is read again")
  func roundTrip() throws {
    for seed: UInt64 in 0..<500 {
      var generator = SeededGenerator(seed: seed)
      let (a, b, c) = (generator.integer(UInt64.self), generator.integer(Int64.self), generator.integer(UInt16.self))
      let (d, e, f) = (generator.integer(UInt32.self), generator.bytes(generator.below(300)), generator.digest())
      var writer = ByteWriter()
      writer.varint(a)
      writer.svarint(b)
      writer.u16(c)
      writer.u32(d)
      writer.u64(a)
      writer.bytes(e)
      writer.digest(f)
      try read(writer.bytes) { reader throws(FormatError) in
        #expect(try reader.varint("a") == a, "seed \(seed)")
        #expect(try reader.svarint("b") == b, "seed \(seed)")
        #expect(try reader.u16("c") == c, "seed \(seed)")
        #expect(try reader.u32("d") == d, "seed \(seed)")
        #expect(try reader.u64("a") == a, "seed \(seed)")
        #expect(try [UInt8](reader.bytes("e")) == e, "seed \(seed)")
        #expect(try reader.digest("f") == f, "seed \(seed)")
        try reader.finish()
      }.get()
    }
  }

  @Test("a length beyond the end is refused without allocating it")
  func hugeLength() {
    let result = read(bytes("ff ff ff ff ff ff ff ff 7f 00")) { reader throws(FormatError) in
      try reader.bytes("name").count
    }
    #expect(throws: FormatError.self) { try result.get() }
    let count = read(bytes("ff ff ff ff ff ff ff ff 7f 00")) { reader throws(FormatError) in
      try reader.count("elements", elementsOfAtLeast: 1)
    }
    #expect(throws: FormatError.self) { try count.get() }
  }

  @Test("an error names the record and the field")
  func message() {
    let error = failure { () throws(FormatError) in
      try read([], { reader throws(FormatError) in try reader.u8("kind") }).get()
    }
    #expect(error?.message == "test: kind: the record ends too early")
    #expect(error?.code == .malformed)
  }
}
