import Glibc
import Testing

@testable import FileSystem

@Suite struct TransferLoopTests {
  @Test("reading goes on after signals and short reads, until the end")
  func fill() {
    var answers = [3, -Int(EINTR), 2, -Int(EINTR), 0]
    var offsets: [Int] = []
    withUnsafeTemporaryAllocation(byteCount: 10, alignment: 1) { buffer in
      let result = TransferLoop.fill(buffer) { rest, done in
        #expect(rest.count == 10 - done)
        offsets.append(done)
        return answers.removeFirst()
      }
      #expect(result == 5)
    }
    #expect(offsets == [0, 3, 3, 5, 5])
  }

  @Test("writing goes on after signals and short writes, until all is written")
  func drain() {
    var answers = [4, -Int(EINTR), 5, 1]
    let bytes = (0..<10).map { UInt8($0) }
    var first: [UInt8] = []
    let result = bytes.withUnsafeBytes { buffer in
      TransferLoop.drain(buffer) { rest, done in
        first.append(rest[0])
        #expect(Int(rest[0]) == done)
        return answers.removeFirst()
      }
    }
    #expect(result == 0)
    #expect(first == [0, 4, 4, 9])
  }

  @Test("an error ends either loop, and so does a write that takes nothing")
  func errors() {
    withUnsafeTemporaryAllocation(byteCount: 10, alignment: 1) { buffer in
      #expect(TransferLoop.fill(buffer) { _, _ in -Int(EIO) } == -Int(EIO))
      #expect(TransferLoop.drain(UnsafeRawBufferPointer(buffer)) { _, _ in -Int(ENOSPC) } == -Int(ENOSPC))
      #expect(TransferLoop.drain(UnsafeRawBufferPointer(buffer)) { _, _ in 0 } == -Int(EIO))
    }
  }

  @Test("errno values become the codes that programs act on")
  func codes() {
    let expected: [(Int32, FileSystemError.Code)] = [
      (ENOENT, .notFound), (EPERM, .permissionDenied), (EACCES, .permissionDenied), (ENOSPC, .noSpace),
      (EDQUOT, .noSpace), (EROFS, .readOnly), (EISDIR, .isDirectory), (ENOTDIR, .notDirectory), (EEXIST, .exists),
      (ELOOP, .loop), (EXDEV, .crossDevice), (EINTR, .interrupted), (EMFILE, .tooManyOpenFiles),
      (ENAMETOOLONG, .invalidName), (EIO, .inputOutput), (ECHILD, .other),
    ]
    for (number, code) in expected { #expect(FileSystemError(number, "test", "path").code == code) }
    let error = FileSystemError(ENOSPC, "write", "a\nb")
    #expect(error.message == "write \"a\\x0ab\": No space left on device")
    #expect("\(error)" == error.message)
  }
}
