import Backend
import Cryptography
import Format
import Repository
import RepositoryFixture
import TestSupport

/// An empty repository whose keys are always the same, since ids of chunks depend on them.
package struct Template: Sendable {
  let contents: [ObjectName: [UInt8]]
  private let repository: Repository
  // Kept for the cache of `repository`.
  private let directory = TemporaryDirectory(inMemory: true)

  package init() throws {
    contents = try Dictionary(
      uniqueKeysWithValues: [
        (.config, Self.bytes(Self.config)), (ObjectName(.keys, Self.slotName), Array(Self.slot.utf8)),
      ])
    repository = try Repository.open(
      InMemoryBackend(contents: contents), password: SampleRepository.password, cacheDirectory: directory.path)
  }

  /// A client with an empty cache. It has no storage yet but what is here.
  func client(cacheDirectory: String) throws -> Repository {
    try repository.client(
      on: InMemoryBackend(contents: contents), cacheDirectory: cacheDirectory, execution: Execution())
  }

  private static func bytes(_ hexadecimal: String) -> [UInt8] {
    let digits = hexadecimal.compactMap { $0.hexDigitValue.map(UInt8.init) }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  // Made once by `Repository.create`, with frames of 2 KiB and packs of 4 KiB.
  private static let config = """
    4649524e5245504f01000000980000001941194a16c0713db8d44d3e6a47b182000000000000000000000000000000000434\
    613a06489e6096878fcb0eb6dcf7020203ea1a0390280d992f44a52ad22c00d2496b00000000010000000040000000000100\
    0000040000080000000000000010000000000000146edd1dc335feb33d10e2a978c7b173e83377853f946f5a155784894882\
    6a84
    """
  private static let slotName = "0abc94b8531437621d9821ad7bc5d279"
  private static let slot = """
    {"created":"2027-01-15T08:00:00Z","firn":"key slot","host":"web1","kdf":"scrypt","label":"first","lo\
    gN":14,"p":2,"r":8,"repository":"1941194a16c0713db8d44d3e6a47b182","role":"full","salt":"a324a98785b\
    289f19bb19a36e909c9206cc84dbd9b102bd94caf97004eff8626","user":"root","version":1}
    AC9QsmCVtTFV4lv2hU/nVgu/8dmJM4GwcW5MMObHNjpKzHi07ZLR5Xf+5F+MTtarxO9WaQxuqi2+03T6BdnfTw+Op9BH6JzSGRT/\
    BJPFSmNQrNRKBLjrtGadalltQF90jVk7jCn6pJKYbm8MItE/xrE=

    """
}
