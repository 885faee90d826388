import Cryptography
import Format
import Testing

@Suite struct SnapshotTests {
  private let id = "000102030405060708090a0b0c0d0e0f"
  private let tree = String(repeating: "cd", count: 32)
  private var known: String {
    """
    {"excludes":["*.o"],"host":"web1","id":"\(id)","job":"","label":"l/é","parent":null,"paths":["/home"],\
    "previous":null,"program":"firn 1","roots":[{"kind":"tree","tree":"\(tree)"}],"sequence":9007199254740991,\
    "statistics":{"bytes":4,"directories":2,"errors":8,"files":1,"newBytes":6,"newChunks":5,"others":3,"seconds":1.5,\
    "storedBytes":7},"tags":["a","b"],"time":"2026-11-22T20:25:00.000000001Z","user":"root","version":1}
    """
  }

  private func snapshot() throws -> Snapshot {
    var snapshot = Snapshot(
      id: try #require(SnapshotID(hex: id)), time: Timestamp(seconds: 1_795_379_100, nanoseconds: 1), host: "web1",
      user: "root", label: "l/é", tags: ["b", "a"],
      roots: [SnapshotRoot(kind: .tree, tree: try #require(ChunkID(hex: tree)))],
      paths: ["/home"], excludes: ["*.o"], program: "firn 1", sequence: 9_007_199_254_740_991)
    snapshot.statistics.files = 1
    snapshot.statistics.directories = 2
    snapshot.statistics.others = 3
    snapshot.statistics.bytes = 4
    snapshot.statistics.newChunks = 5
    snapshot.statistics.newBytes = 6
    snapshot.statistics.storedBytes = 7
    snapshot.statistics.errors = 8
    snapshot.statistics.seconds = 1.5
    return snapshot
  }

  private func failure(replacing old: String, by new: String) -> FormatError? {
    let text = known.replacing(old, with: new)
    #expect(text != known)
    return FormatTests.failure { () throws(FormatError) in try Snapshot.decode([UInt8](text.utf8)) }
  }

  @Test("the known snapshot has the known text")
  func knownAnswer() throws {
    var snapshot = try snapshot()
    #expect(String(decoding: try snapshot.encode(), as: UTF8.self) == known)
    snapshot.tags.sort()
    #expect(try Snapshot.decode([UInt8](known.utf8)) == snapshot)
  }

  @Test("parent and previous are texts when there are any")
  func links() throws {
    var snapshot = try snapshot()
    snapshot.tags.sort()
    snapshot.parent = snapshot.id
    snapshot.previous = try #require(ChunkID(hex: tree)).digest
    let text = String(decoding: try snapshot.encode(), as: UTF8.self)
    #expect(text.contains("\"parent\":\"\(id)\"") && text.contains("\"previous\":\"\(tree)\""))
    #expect(try Snapshot.decode([UInt8](text.utf8)) == snapshot)
  }

  @Test("a pin and what a snapshot replaces are written where there is something to say")
  func optionalMembers() throws {
    var snapshot = try snapshot()
    snapshot.tags.sort()
    snapshot.isPinned = true
    snapshot.statistics.changed = 3
    snapshot.replaces = [try #require(ChunkID(hex: tree)).digest]
    let text = String(decoding: try snapshot.encode(), as: UTF8.self)
    #expect(text.contains("\"pinned\":true") && text.contains("\"replaces\":[\"\(tree)\"]"))
    #expect(text.contains("\"changed\":3"))
    #expect(try Snapshot.decode([UInt8](text.utf8)) == snapshot)
    snapshot.replaces = Array(repeating: snapshot.replaces[0], count: Limits.replacedSnapshots + 1)
    let crowded = snapshot
    #expect(FormatTests.failure { () throws(FormatError) in try crowded.encode() }?.code == .limit)
    let list = "[" + Array(repeating: "\"\(tree)\"", count: Limits.replacedSnapshots + 1).joined(separator: ",") + "]"
    #expect(failure(replacing: "\"roots\"", by: "\"replaces\":\(list),\"roots\"")?.code == .limit)
    #expect(failure(replacing: "\"roots\"", by: "\"replaces\":[\"x\"],\"roots\"")?.code == .malformed)
    #expect(failure(replacing: "\"roots\"", by: "\"pinned\":1,\"roots\"")?.message.contains("pinned") == true)
  }

  @Test("unknown members are ignored")
  func unknownMembers() throws {
    var snapshot = try snapshot()
    snapshot.tags.sort()
    let text = "{\"later\":{\"a\":[1]}," + known.dropFirst()
    #expect(try Snapshot.decode([UInt8](text.utf8)) == snapshot)
  }

  @Test("a refusal names the member")
  func refused() {
    #expect(failure(replacing: "\"version\":1", by: "\"version\":2")?.code == .unsupported)
    #expect(failure(replacing: "\"kind\":\"tree\"", by: "\"kind\":\"heap\"")?.code == .unsupported)
    #expect(failure(replacing: "\"host\":\"web1\",", by: "")?.message == "snapshot: host: missing")
    #expect(failure(replacing: "\"parent\":null,", by: "")?.message == "snapshot: parent: missing")
    #expect(failure(replacing: "\"files\":1", by: "\"files\":-1")?.code == .malformed)
    #expect(failure(replacing: "\"parent\":null", by: "\"parent\":\"x\"")?.message.contains("parent") == true)
    #expect(failure(replacing: "\"previous\":null", by: "\"previous\":\"\(id)\"")?.message.contains("previous") == true)
    #expect(failure(replacing: id, by: "X" + id.dropFirst())?.code == .malformed)
    #expect(failure(replacing: tree, by: id)?.message.contains("roots.tree") == true)
    #expect(failure(replacing: "20:25:00", by: "20:25:60")?.message == "snapshot: time: not a time")
    #expect(
      failure(replacing: "[{\"kind\":\"tree\",\"tree\":\"\(tree)\"}]", by: "[]")?.message == "snapshot: roots: none")
  }

  @Test("a body is UTF-8 of at most 16 MiB, also when it is written")
  func limits() throws {
    let utf16 = Array(known.utf16).flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
    #expect(FormatTests.failure { () throws(FormatError) in try Snapshot.decode(utf16) }?.code == .malformed)
    let deep = [UInt8](repeating: UInt8(ascii: "["), count: 1 << 20)
    #expect(FormatTests.failure { () throws(FormatError) in try Snapshot.decode(deep) }?.code == .malformed)
    let tooLong = [UInt8](known.utf8) + [UInt8](repeating: 32, count: Limits.snapshotLength)
    #expect(FormatTests.failure { () throws(FormatError) in try Snapshot.decode(tooLong) }?.code == .limit)
    var large = try snapshot()
    large.paths = [String(repeating: "x", count: Limits.snapshotLength)]
    let snapshot = large
    #expect(FormatTests.failure { () throws(FormatError) in try snapshot.encode() }?.code == .limit)
    large.paths = []
    large.statistics.seconds = .nan
    let endless = large
    #expect(FormatTests.failure { () throws(FormatError) in try endless.encode() }?.code == .malformed)
  }

  @Test("any snapshot comes back; prefixes and changed bytes are harmless")
  func roundTrip() throws {
    for seed: UInt64 in 0..<50 {
      var generator = SeededGenerator(seed: seed)
      let snapshot = generator.snapshot()
      let valid = try snapshot.encode()
      #expect(try Snapshot.decode(valid) == snapshot, "seed \(seed)")
      guard seed < 1 else { continue }
      expectPrefixesRefused(valid, seed: seed) { bytes throws(FormatError) in try Snapshot.decode(bytes) }
      expectFlipsHarmless(valid, seed: seed) { bytes throws(FormatError) in
        try Snapshot.decode(bytes)
      } check: { value, _ in
        // Writing sorts the tags, which a changed byte may have brought out of order.
        var written = try? Snapshot.decode(value.encode())
        written?.tags = value.tags
        return written == value
      }
    }
  }
}
