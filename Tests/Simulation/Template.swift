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
    contents = try Self.decode(Self.stored)
    repository = try Repository.open(
      InMemoryBackend(contents: contents), password: SampleRepository.password, cacheDirectory: directory.path)
  }

  /// A client with an empty cache. It has no storage yet but what is here.
  func client(cacheDirectory: String) throws -> Repository {
    try repository.client(
      on: InMemoryBackend(contents: contents), cacheDirectory: cacheDirectory, execution: Execution())
  }

  /// A new template, as it stands below: to be put there when the format of what it holds has changed.
  package static func make() throws -> String {
    let sample = try SampleRepository {
      $0.frameTarget = 2 << 10
      $0.packTarget = 4 << 10
    }
    return sample.backend.contents.sorted { $0.key < $1.key }.map { name, bytes in
      let digits = bytes.flatMap { [String($0 >> 4, radix: 16), String($0 & 15, radix: 16)] }
      let lines = stride(from: 0, to: digits.count, by: 100).map { digits[$0..<min($0 + 100, digits.count)].joined() }
      return "    \(name.area.rawValue) \(name.name) \\\n    " + lines.joined(separator: "\\\n    ")
    }.joined(separator: "\n")
  }

  private static func decode(_ text: String) throws -> [ObjectName: [UInt8]] {
    var contents: [ObjectName: [UInt8]] = [:]
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: " ")
      guard parts.count == 3, let area = ObjectArea(rawValue: String(parts[0])) else {
        preconditionFailure("the template is no list of areas, names and bytes")
      }
      let digits = parts[2].compactMap { $0.hexDigitValue.map(UInt8.init) }
      contents[try ObjectName(area, String(parts[1]))] = stride(from: 0, to: digits.count, by: 2).map {
        digits[$0] << 4 | digits[$0 + 1]
      }
    }
    return contents
  }

  private static let stored = """
    keys 36af5edc2775febe89b90844be75f0d8 \
    7b2263726561746564223a22323032372d30312d31355430383a30303a30305a222c226669726e223a226b657920736c6f74\
    222c22686f7374223a2277656231222c226b6466223a226172676f6e326964222c226c6162656c223a226669727374222c22\
    6c616e6573223a312c226d656d6f7279223a383139322c22706173736573223a312c227265706f7369746f7279223a223233\
    356338613236383036623762653935636235633766306566623430373738222c22726f6c65223a2266756c6c222c2273616c\
    74223a2265646662376438336337383333303565323131653231666163643763343736383762356137353136653535623364\
    336137363864353665376231646130346365222c2275736572223a22726f6f74222c2276657273696f6e223a317d0a433836\
    4f354e515368756a5745446b706a6447397148366b7a7a7165663949596a7a454d303673374956796c77504963385831674b\
    536a6d737a31783138632b62437577374c4d53535067326b71667571444e4b6573556577545856524a5a3279796f6b374a32\
    44685071503737355457516a55484f71492f61667336513439633935524b695364544d53464349536268614879457a453d0a
    config config \
    4649524e5245504f0100000098000000235c8a26806b7be95cb5c7f0efb407780000000000000000000000000000000082a9\
    b5c0e95d671837fddf717c5b3270cd3fe8d092bb7ba032fb50aa4d601b3700d2496b00000000010000000010000000400000\
    00000100000800000000000000100000000000005e15b5d6e324e33829ec4e460a3a2a23ea5970ad8f9549a2f709f10ad7bf\
    a916
    """
}
