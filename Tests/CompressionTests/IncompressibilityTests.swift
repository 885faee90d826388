import TestSupport
import Testing

@testable import Compression

@Suite struct IncompressibilityTests {
  static func says(_ bytes: [UInt8]) -> Bool { bytes.withUnsafeBytes { Incompressibility.looksIncompressible($0) } }

  @Test("random bytes of any length from 4 KiB look incompressible, shorter ones don't")
  func random() {
    for seed in 0..<200 as Range<UInt64> {
      let length = 4096 + Int(seed) * 977
      #expect(Self.says(Samples.random(length, seed: seed)), "seed \(seed), length \(length)")
    }
    #expect(Self.says(Samples.random(1 << 20, seed: 1)))
    #expect(!Self.says(Samples.random(4095, seed: 1)))
    #expect(!Self.says([]))
  }

  @Test("compressed data looks incompressible")
  func compressed() throws {
    var compressor = try Compressor()
    let frame = try #require(try compressor.frame(of: Samples.text(2_000_000, seed: 2), level: 19))
    #expect(Self.says(frame), "\(frame.count) bytes")
  }

  @Test("text, zeros and numbers look compressible")
  func plain() {
    #expect(!Self.says(Samples.text(1 << 20, seed: 3)))
    #expect(!Self.says([UInt8](repeating: 0, count: 1 << 20)))
    var generator = SeededGenerator(seed: 4)
    let doubles = (0..<65_536).flatMap { _ in
      withUnsafeBytes(of: Double.random(in: 0..<1, using: &generator)) { Array($0) }
    }
    #expect(!Self.says(doubles))
    let base64 = (0..<(1 << 18)).map { _ in UInt8.random(in: 48..<112, using: &generator) }
    #expect(!Self.says(base64))
  }

  @Test("data with a flat histogram that a matcher would shrink looks compressible")
  func ramps() {
    #expect(!Self.says((0..<(1 << 19)).map { UInt8(truncatingIfNeeded: $0) }))
    #expect(!Self.says((0..<(1 << 19)).map { UInt8(truncatingIfNeeded: $0 / 3 &* 7) }))
    let period = Samples.random(256, seed: 5)
    #expect(!Self.says((0..<2048).flatMap { _ in period }))
  }

  @Test("a compressible stretch of 5 % inside random data is seen, wherever it lies", arguments: 0..<20)
  func stretch(place: Int) {
    let length = 512 * 1024
    var bytes = Samples.random(length, seed: 6)
    let text = Samples.text(length / 20, seed: 7)
    let start = place * (length - text.count) / 19
    bytes.replaceSubrange(start..<start + text.count, with: text)
    #expect(!Self.says(bytes))
  }

  @Test("zero headers of encrypted pages are seen whatever their period", arguments: [1024, 4096, 8192, 16384])
  func pages(period: Int) {
    var bytes = Samples.random(512 * 1024, seed: 8)
    for page in stride(from: 0, to: bytes.count, by: period) {
      for offset in 0..<period / 12 { bytes[page + offset] = 0 }
    }
    #expect(!Self.says(bytes))
  }
}
