import Backend
import TestSupport
import Testing

extension ConformanceCheck {
  static let reading = [
    ConformanceCheck("reads any range exactly") { fixture in
      let seed: UInt64 = 3
      var generator = SeededGenerator(seed: seed)
      let bytes = generator.bytes(300_000)
      let name = try ObjectName(.packs, "00-ranges")
      try fixture.backend.put(name, bytes)
      for _ in 0..<200 {
        let start = Int.random(in: 0...bytes.count, using: &generator)
        let end = Int.random(in: start...bytes.count, using: &generator)
        let part = try fixture.backend.bytes(of: name, at: UInt64(start), count: end - start)
        #expect(part == Array(bytes[start..<end]), "seed \(seed), \(start)..<\(end)")
      }
    },
    ConformanceCheck("fails as truncated, naming the object, where a range leaves it") { fixture in
      let name = try ObjectName(.index, "short")
      try fixture.backend.put(name, [1, 2, 3, 4])
      let ranges: [(UInt64, Int)] = [(0, 5), (4, 1), (5, 0), (3, 2), (.max, 1), (.max, 0), (UInt64(Int64.max), 1)]
      for (offset, count) in ranges {
        expect(.truncated, naming: name) { () throws(BackendError) in
          _ = try fixture.backend.bytes(of: name, at: offset, count: count)
        }
      }
      #expect(try fixture.backend.bytes(of: name, at: 4, count: 0) == [])
    },
    ConformanceCheck("fails as not found, naming the object, where there is none") { fixture in
      for area in ObjectArea.allCases {
        let name = area == .config ? .config : try ObjectName(area, "00-missing")
        expect(.notFound, naming: name) { () throws(BackendError) in _ = try fixture.backend.size(of: name) }
        expect(.notFound, naming: name) { () throws(BackendError) in
          _ = try fixture.backend.bytes(of: name, at: 0, count: 0)
        }
        expect(.notFound, naming: name) { () throws(BackendError) in
          _ = try fixture.backend.getWhole(name, limit: 10)
        }
      }
    },
    ConformanceCheck("refuses to get a whole object over the limit") { fixture in
      let name = try ObjectName(.snapshots, "large")
      try fixture.backend.put(name, [UInt8](repeating: 0, count: 100))
      expect(.tooLarge, naming: name) { () throws(BackendError) in
        _ = try fixture.backend.getWhole(name, limit: 99)
      }
      #expect(try fixture.backend.getWhole(name, limit: 100).count == 100)
    },
    ConformanceCheck("serves 8 threads that read 100 objects at random") { fixture in
      let backend = fixture.backend
      let names = try (0..<100).map { number throws in try ObjectName(.intents, "n\(number)") }
      for (number, name) in names.enumerated() {
        try backend.put(name, [UInt8](repeating: UInt8(number), count: 512))
      }
      let mistakes = onThreads(8) { thread in
        var generator = SeededGenerator(seed: UInt64(thread))
        return (0..<500).count { _ in
          let number = Int.random(in: 0..<100, using: &generator)
          let offset = UInt64.random(in: 0..<500, using: &generator)
          let bytes = try? backend.bytes(of: names[number], at: offset, count: 12)
          return bytes != [UInt8](repeating: UInt8(number), count: 12)
        }
      }
      #expect(mistakes == [Int](repeating: 0, count: 8))
    },
  ]
}
