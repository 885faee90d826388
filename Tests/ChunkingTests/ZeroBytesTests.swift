import Chunking
import Testing

@Suite("isAllZero")
struct ZeroBytesTests {
  @Test("sees one byte that is not zero at any place, and none outside", arguments: [0, 1, 7, 255, 256, 257, 700])
  func oneByte(count: Int) {
    for alignment in [0, 1, 13] {
      var bytes = [UInt8](repeating: 0xff, count: alignment + count + 1)
      let range = alignment..<(alignment + count)
      bytes.replaceSubrange(range, with: repeatElement(0, count: count))
      #expect(bytes.withUnsafeBytes { UnsafeRawBufferPointer(rebasing: $0[range]).isAllZero })
      for index in range {
        bytes[index] = 1 << UInt8(index % 8)
        let isAllZero = bytes.withUnsafeBytes { UnsafeRawBufferPointer(rebasing: $0[range]).isAllZero }
        #expect(!isAllZero, "length \(count), offset \(alignment), byte \(index)")
        bytes[index] = 0
      }
    }
  }

  @Test("holds for no bytes at all")
  func empty() {
    #expect(UnsafeRawBufferPointer(start: nil, count: 0).isAllZero)
  }
}
