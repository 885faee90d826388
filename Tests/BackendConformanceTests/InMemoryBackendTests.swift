import Backend
import BackendTestSupport
import Testing

@Suite("A repository in memory")
struct InMemoryBackendTests {
  @Test("is full where its capacity says so, and has room again after the failed upload")
  func fillsUp() throws {
    let backend = InMemoryBackend(capacity: 100)
    try backend.put(ObjectName(.packs, "aa"), [UInt8](repeating: 0, count: 60))
    expect(.noSpace) { () throws(BackendError) in
      try backend.put(ObjectName(.packs, "bb"), [UInt8](repeating: 0, count: 41))
    }
    #expect(try backend.freeSpace() == 40)
    try backend.setReserve(30)
    var upload: (any Upload)? = try backend.beginUpload(to: .packs)
    try upload?.append([UInt8](repeating: 0, count: 10))
    #expect(try backend.freeSpace() == 0)
    upload = nil
    #expect(try backend.freeSpace() == 10)
    expect(.noSpace) { () throws(BackendError) in try backend.setReserve(41) }
    #expect(try backend.freeSpace() == 40)
  }

  @Test("can be copied as a crash would leave it, and damaged")
  func isCopiedAndDamaged() throws {
    let backend = InMemoryBackend()
    let name = try ObjectName(.packs, "aa")
    try backend.put(name, [1, 2])
    let copy = InMemoryBackend(contents: backend.contents)
    copy.damage(name) { $0?[0] = 9 }
    #expect(try copy.getWhole(name, limit: 2) == [9, 2])
    #expect(try backend.getWhole(name, limit: 2) == [1, 2])
    copy.damage(name) { $0 = nil }
    #expect(copy.contents == [:])
  }
}
