import Testing

@testable import Compression

@Suite struct RoundTripTests {
  @Test("whatever is compressed comes back, with one pair of contexts for all", arguments: [1, 3, 19])
  func roundTrip(level: Int) throws {
    var compressor = try Compressor()
    var decompressor = try Decompressor()
    for (seed, length) in [0, 1, 2, 255, 256, 4096, 65_537, 700_000].enumerated() {
      for raw in [Samples.random(length, seed: UInt64(seed)), Samples.text(length, seed: UInt64(seed))] {
        let frame = try #require(try compressor.frame(of: raw, level: level))
        #expect(try decompressor.bytes(of: frame, count: length) == raw, "length \(length), seed \(seed)")
      }
    }
  }

  @Test("compressBound is always room enough, and no compression that fits says otherwise")
  func bound() throws {
    var compressor = try Compressor()
    let raw = Samples.random(100_000, seed: 1)
    let frame = try #require(try compressor.frame(of: raw, level: 3))
    #expect(frame.count <= Compressor.compressBound(raw.count))
    #expect(try compressor.frame(of: raw, level: 3, room: frame.count) == frame)
  }

  @Test("data that does not get smaller gives nil in a smaller buffer, and the context goes on")
  func notWorthIt() throws {
    var compressor = try Compressor()
    let random = Samples.random(100_000, seed: 2)
    #expect(try compressor.frame(of: random, level: 3, room: random.count - 1) == nil)
    #expect(try compressor.frame(of: random, level: 3, room: 0) == nil)
    let text = Samples.text(100_000, seed: 3)
    let frame = try #require(try compressor.frame(of: text, level: 3, room: text.count - 1))
    #expect(frame.count < text.count / 2)
  }

  @Test("a frame states its content size and has no checksum")
  func header() throws {
    var compressor = try Compressor()
    let frame = try #require(try compressor.frame(of: Samples.text(100_000, seed: 4), level: 3))
    // Frame header descriptor: content size flag in bits 7-6, single segment in bit 5, checksum in bit 2.
    #expect(frame[4] & 0b0000_0100 == 0)
    #expect(frame[4] & 0b1110_0000 != 0)
  }

  @Test("a level makes the difference it should in a context that is reused")
  func levels() throws {
    var compressor = try Compressor()
    let raw = Samples.text(200_000, seed: 5)
    let fast = try #require(try compressor.frame(of: raw, level: 1))
    let small = try #require(try compressor.frame(of: raw, level: 19))
    #expect(small.count < fast.count)
    #expect(try compressor.frame(of: raw, level: 1) == fast)
  }
}

extension Compressor {
  mutating func frame(of raw: [UInt8], level: Int, room: Int? = nil) throws(CompressionError) -> [UInt8]? {
    var output = [UInt8](repeating: 0, count: room ?? Self.compressBound(raw.count))
    var length: Int?
    do {
      length = try raw.withUnsafeBytes { raw in
        try output.withUnsafeMutableBytes { try self.compress(raw, into: $0, level: level) }
      }
    } catch let error as CompressionError { throw error } catch { preconditionFailure("\(error)") }
    return length.map { Array(output.prefix($0)) }
  }
}

extension Decompressor {
  mutating func bytes(of frame: [UInt8], count: Int) throws -> [UInt8] {
    // An exact allocation, for the address sanitizer to guard its ends.
    let output = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
    defer { output.deallocate() }
    let input = UnsafeMutableRawBufferPointer.allocate(byteCount: frame.count, alignment: 1)
    defer { input.deallocate() }
    input.copyBytes(from: frame)
    try decompress(UnsafeRawBufferPointer(input), into: output)
    return Array(output)
  }
}
