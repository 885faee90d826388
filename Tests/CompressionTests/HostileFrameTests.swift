import TestSupport
import Testing

@testable import Compression

@Suite struct HostileFrameTests {
  /// A frame by hand: magic, header bytes, then one last raw block.
  static func frame(header: [UInt8], content: [UInt8]) -> [UInt8] {
    let block = UInt32(content.count) << 3 | 1
    return [0x28, 0xB5, 0x2F, 0xFD] + header + (0..<3).map { UInt8(truncatingIfNeeded: block >> ($0 * 8)) } + content
  }

  static func code(of frame: [UInt8], count: Int) throws -> CompressionError.Code? {
    var decompressor = try Decompressor()
    do {
      _ = try decompressor.bytes(of: frame, count: count)
      return nil
    } catch let error as CompressionError {
      return error.code
    }
  }

  @Test("a frame made by hand is read, so the refusals below are for what they say")
  func control() throws {
    #expect(try Self.code(of: Self.frame(header: [0x20, 5], content: [1, 2, 3, 4, 5]), count: 5) == nil)
  }

  @Test("a content size other than the expected one is refused, both ways")
  func size() throws {
    let frame = Self.frame(header: [0x20, 5], content: [1, 2, 3, 4, 5])
    #expect(try Self.code(of: frame, count: 4) == .wrongSize)
    #expect(try Self.code(of: frame, count: 6) == .wrongSize)
    #expect(try Self.code(of: frame, count: 0) == .wrongSize)
  }

  @Test("a content size that the blocks don't bear out is refused, both ways")
  func lyingSize() throws {
    #expect(try Self.code(of: Self.frame(header: [0x20, 5], content: [1, 2, 3, 4]), count: 5) != nil)
    #expect(try Self.code(of: Self.frame(header: [0x20, 5], content: [1, 2, 3, 4, 5, 6]), count: 5) != nil)
  }

  @Test("bytes after the frame are refused, a second frame and a skippable one too")
  func trailing() throws {
    let frame = Self.frame(header: [0x20, 2], content: [1, 2])
    let skippable: [UInt8] = [0x50, 0x2A, 0x4D, 0x18, 1, 0, 0, 0, 9]
    #expect(try Self.code(of: frame + [0], count: 2) == .trailingBytes)
    #expect(try Self.code(of: frame + frame, count: 2) == .trailingBytes)
    #expect(try Self.code(of: frame + frame, count: 4) == .wrongSize)
    #expect(try Self.code(of: frame + skippable, count: 2) == .trailingBytes)
    #expect(try Self.code(of: skippable + frame, count: 2) == .malformed)
    #expect(try Self.code(of: skippable, count: 0) == .malformed)
  }

  @Test("a frame that asks for a dictionary is refused")
  func dictionary() throws {
    #expect(try Self.code(of: Self.frame(header: [0x21, 7, 2], content: [1, 2]), count: 2) == .dictionaryRequired)
  }

  @Test("a frame that does not state its content size is refused")
  func noSize() throws {
    #expect(try Self.code(of: Self.frame(header: [0x00, 0x40], content: [1, 2]), count: 2) == .malformed)
  }

  @Test("a frame that claims a window of 2 GiB makes the context no larger")
  func window() throws {
    var decompressor = try Decompressor()
    let size = decompressor.contextSize
    // Window descriptor: exponent 21 above 2^10; the content size takes two bytes and has 256 added.
    let content = Samples.random(300, seed: 1)
    let frame = Self.frame(header: [0x40, 21 << 3, 44, 0], content: content)
    #expect(try decompressor.bytes(of: frame, count: 300) == content)
    #expect(decompressor.contextSize == size)
  }

  @Test("a claim of an exabyte is refused before anything is allocated or decoded")
  func claim() throws {
    let header: [UInt8] = [0xE0] + [0, 0, 0, 0, 0, 0, 0, 0x10]
    #expect(try Self.code(of: Self.frame(header: header, content: [1]), count: 1) == .wrongSize)
  }

  @Test("every truncation of a frame is refused")
  func truncation() throws {
    var compressor = try Compressor()
    let raw = Samples.text(3000, seed: 6)
    let frame = try #require(try compressor.frame(of: raw, level: 3))
    for length in 0..<frame.count {
      #expect(try Self.code(of: Array(frame.prefix(length)), count: raw.count) != nil, "length \(length)")
    }
  }

  @Test("flipped bits give an error or other bytes of the right length, never a crash; the context goes on")
  func flips() throws {
    var compressor = try Compressor()
    var decompressor = try Decompressor()
    let raw = Samples.text(5000, seed: 7)
    let frame = try #require(try compressor.frame(of: raw, level: 3))
    let seed: UInt64 = 8
    var generator = SeededGenerator(seed: seed)
    for round in 0..<2000 {
      var damaged = frame
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        damaged[Int.random(in: 0..<frame.count, using: &generator)] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      }
      if let bytes = try? decompressor.bytes(of: damaged, count: raw.count) {
        #expect(bytes.count == raw.count, "seed \(seed), round \(round)")
      }
    }
    #expect(try decompressor.bytes(of: frame, count: raw.count) == raw)
  }
}
