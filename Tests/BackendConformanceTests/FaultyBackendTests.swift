import Backend
import BackendTestSupport
import Testing

@Suite("A faulty backend")
struct FaultyBackendTests {
  let memory = InMemoryBackend()
  let name: ObjectName

  init() throws { name = try ObjectName(.packs, "aa") }

  @Test("fails exactly the chosen call")
  func failsChosenCall() throws {
    let backend = FaultyBackend(memory)
    try backend.put(name, [1, 2])
    backend.inject(.fail(.permissionDenied), into: .size, call: 2)
    #expect(try backend.size(of: name) == 2)
    expect(.permissionDenied) { () throws(BackendError) in _ = try backend.size(of: name) }
    #expect(try backend.size(of: name) == 2)
    #expect(backend.calls(of: .size) == 3)
  }

  @Test("loses the reply of a commit that took effect, and repeating it settles the outcome")
  func losesReply() throws {
    let backend = FaultyBackend(memory)
    backend.inject(.loseReply(.io), into: .commit)
    expect(.io) { () throws(BackendError) in try backend.put(name, [1]) }
    #expect(memory.contents == [name: [1]])
    #expect(try backend.put(name, [1]) == .alreadyExists)
  }

  @Test("keeps a failed upload failed")
  func keepsUploadFailed() throws {
    let backend = FaultyBackend(memory)
    backend.inject(.fail(.noSpace), into: .append)
    let upload = try backend.beginUpload(to: .packs)
    expect(.noSpace) { () throws(BackendError) in try upload.append([1]) }
    expect(.noSpace) { () throws(BackendError) in try upload.append([1]) }
    expect(.noSpace) { () throws(BackendError) in _ = try upload.commit(as: name) }
    #expect(memory.contents == [:])
  }

  @Test("cuts reads short, flips bits, and pauses")
  func disturbsReads() throws {
    let backend = FaultyBackend(memory)
    try backend.put(name, [4, 5])
    backend.inject(.truncate, into: .read)
    expect(.truncated) { () throws(BackendError) in _ = try backend.bytes(of: name, at: 0, count: 2) }
    backend.inject(.flipBit, into: .read)
    #expect(try backend.bytes(of: name, at: 0, count: 2) == [5, 5])
    backend.inject(.pause { [memory, name] in memory.damage(name) { $0 = nil } }, into: .read)
    expect(.notFound) { () throws(BackendError) in _ = try backend.bytes(of: name, at: 0, count: 2) }
  }

  @Test("fails at random as its seed says, and the contract's retries get everything through")
  func failsRandomly() throws {
    let outcomes = try (0..<2).map { _ throws in
      let memory = InMemoryBackend()
      let backend = FaultyBackend(memory, seed: 11)
      backend.failRandomly(rate: 0.3)
      var failures: [Int] = []
      for number in 0..<50 {
        let name = try ObjectName(.index, "\(number)")
        while true {
          do throws(BackendError) {
            try backend.put(name, [UInt8(number)])
            break
          } catch {
            #expect(error.isRetryable, "seed 11: \(error)")
            failures.append(number)
          }
        }
      }
      #expect(memory.contents.count == 50, "seed 11")
      return failures
    }
    #expect(outcomes[0] == outcomes[1])
    #expect(outcomes[0].count > 10)
  }
}
