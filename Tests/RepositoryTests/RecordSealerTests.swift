import Format
@testable import Repository
import RepositoryFixture
import Testing

@Suite("Sealed records")
struct RecordSealerTests {
  let sample: SampleRepository
  var sealer: RecordSealer { sample.repository.context.sealer }

  init() throws { sample = try SampleRepository() }

  @Test("A record gives back its kind and body, compressed or not", arguments: RecordKind.allCases)
  func roundTrip(_ kind: RecordKind) throws {
    for body in [[], [1], [UInt8](repeating: 9, count: 255), [UInt8](repeating: 9, count: 5000)] {
      let object = try sealer.seal(kind, name: "name", body: body)
      #expect(body.count < 300 || object.count < 300)
      let opened = try sealer.open(object, as: [kind], name: "name", context: "it")
      #expect(opened.kind == kind && opened.body == body)
    }
  }

  @Test("Two records of one body have nothing in common behind their headers' fixed part")
  func fresh() throws {
    let body = [UInt8](repeating: 1, count: 64)
    let (one, two) = (try sealer.seal(.intent, name: "a", body: body), try sealer.seal(.intent, name: "a", body: body))
    #expect(one[16..<48] != two[16..<48])
    #expect(one[48...] != two[48...])
  }

  @Test("Every byte that is flipped, every cut and every addition is refused")
  func damage() throws {
    let object = try sealer.seal(.snapshot, name: "name", body: Array("a body of some length".utf8))
    for offset in object.indices {
      for mask in [UInt8(1), 0x80, 0xFF] {
        var damaged = object
        damaged[offset] ^= mask
        expectDamage(damaged, "byte \(offset) flipped by \(mask)")
      }
      expectDamage(Array(object[..<offset]), "cut to \(offset)")
    }
    expectDamage(object + [0], "one byte more")
  }

  @Test("A record under another name, of another kind or of another repository is refused")
  func swaps() throws {
    let object = try sealer.seal(.snapshot, name: "name", body: [1, 2, 3])
    #expect(throws: RepositoryError.self) {
      try sealer.open(object, as: [.snapshot], name: "other", context: "it")
    }
    #expect(throws: RepositoryError.self) { try sealer.open(object, as: [.abort], name: "name", context: "it") }
    let stranger = try SampleRepository().repository.context.sealer
    #expect(throws: RepositoryError.self) { try stranger.open(object, as: [.snapshot], name: "name", context: "it") }
    let mixed = RecordSealer(
      repository: stranger.repository, indexKey: sealer.indexKey, snapshotKey: sealer.snapshotKey)
    #expect(throws: RepositoryError.self) { try mixed.open(object, as: [.snapshot], name: "name", context: "it") }
  }

  private func expectDamage(_ object: [UInt8], _ how: String) {
    do throws(RepositoryError) {
      _ = try sealer.open(object, as: RecordKind.allCases, name: "name", context: "snapshot x")
      Issue.record("accepted: \(how)")
    } catch {
      #expect([.damaged, .unsupported].contains(error.code), "\(how): \(error)")
      #expect("\(error)".contains("snapshot x"), "\(how): \(error)")
    }
  }
}
