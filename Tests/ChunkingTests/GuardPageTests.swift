import Chunking
import Glibc
import Testing

@Suite("No byte past the end of a buffer is read (a guard page would kill the process)")
struct GuardPageTests {
  @Test("by the content chunker", arguments: 20_000..<20_009)
  func contentChunker(count: Int) throws {
    let chunker = ContentChunker(try ChunkerParameters(minimum: 64, average: 8256, maximum: 65536), key: keyA)
    try withZerosBeforeGuardPage(count: count) { bytes in
      #expect(chunker.firstCut(in: bytes, isEnd: false) == nil)
    }
  }

  @Test("by isAllZero", arguments: [0, 1, 255, 256, 257, 511])
  func isAllZero(count: Int) throws {
    try withZerosBeforeGuardPage(count: count) { bytes in
      #expect(bytes.isAllZero)
    }
  }

  private func withZerosBeforeGuardPage(count: Int, _ body: (UnsafeRawBufferPointer) -> Void) throws {
    let page = sysconf(Int32(_SC_PAGESIZE))
    let size = (count + page - 1) / page * page
    let mapping = mmap(nil, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    let base = try #require(mapping != MAP_FAILED ? mapping : nil)
    defer { munmap(base, size + page) }
    try #require(mprotect(base + size, page, PROT_NONE) == 0)
    body(UnsafeRawBufferPointer(start: base + (size - count), count: count))
  }
}
