import Backend
import TestSupport
import Testing

extension ConformanceCheck {
  static let listing = [
    ConformanceCheck("lists 2,000 objects, each once, sorted, with their sizes") { fixture in
      let backend = fixture.backend
      let seed: UInt64 = 4
      var generator = SeededGenerator(seed: seed)
      let expected = try (0..<2_000).map { number throws in
        let digits = String(generator.next(), radix: 16)
        let name = try ObjectName(.packs, String(repeating: "0", count: 16 - digits.count) + digits)
        return ListedObject(name: name, size: UInt64(number % 7))
      }
      let failures = onThreads(16) { thread in
        expected.indices.filter { $0 % 16 == thread }.count { index in
          let bytes = [UInt8](repeating: 1, count: Int(expected[index].size))
          return (try? backend.put(expected[index].name, bytes)) != .created
        }
      }
      #expect(failures.allSatisfy { $0 == 0 })
      let listing = try backend.list(.packs)
      #expect(listing.objects == expected.sorted { $0.name.name < $1.name.name }, "seed \(seed)")
      #expect(listing.foreign == [])
    },
    ConformanceCheck("lists all that stays while others come and go") { fixture in
      let backend = fixture.backend
      let steady = try (0..<100).map { number throws in try ObjectName(.intents, "steady-\(number)") }
      for name in steady { try backend.put(name, []) }
      let complete = onThreads(2) { thread in
        for number in 0..<40 {
          if thread == 0 {
            guard let name = try? ObjectName(.intents, "passing-\(number)") else { return false }
            guard (try? backend.put(name, [])) == .created, (try? backend.delete(name)) != nil else { return false }
          } else {
            guard let listing = try? backend.list(.intents) else { return false }
            guard Set(listing.objects.map(\.name)).isSuperset(of: steady) else { return false }
          }
        }
        return true
      }
      #expect(complete == [true, true])
    },
    ConformanceCheck("lists a fresh repository as empty, area by area") { fixture in
      for area in ObjectArea.allCases {
        let listing = try fixture.backend.list(area)
        #expect(listing == Listing(objects: []))
      }
    },
  ]

  static let deleting = [
    ConformanceCheck("deletes objects of several areas in one call, and is content with missing ones") { fixture in
      let names = try [("aa1", ObjectArea.packs), ("aa2", .packs), ("bb1", .packs), ("aa1", .index)]
        .map { text, area throws in try ObjectName(area, text) }
      let survivor = try ObjectName(.packs, "aa3")
      for name in names + [survivor] { try fixture.backend.put(name, [1]) }
      let missing = try [ObjectName(.packs, "ee"), ObjectName(.keys, "none"), .config]
      try fixture.backend.delete(names + missing)
      try fixture.backend.delete(names + missing)
      try fixture.backend.delete([])
      #expect(try fixture.backend.list(.packs).objects.map(\.name) == [survivor])
      #expect(try fixture.backend.list(.index).objects == [])
    },
    ConformanceCheck("forgets a deleted object's bytes, and lets its name be taken anew") { fixture in
      let name = try ObjectName(.tombstones, "1")
      try fixture.backend.put(name, [1, 1, 1])
      #expect(try fixture.backend.bytes(of: name, at: 0, count: 3) == [1, 1, 1])
      try fixture.backend.delete(name)
      expect(.notFound, naming: name) { () throws(BackendError) in
        _ = try fixture.backend.bytes(of: name, at: 0, count: 3)
      }
      #expect(try fixture.backend.put(name, [2]) == .created)
      #expect(try fixture.backend.getWhole(name, limit: 10) == [2])
    },
  ]

  static let spending = [
    ConformanceCheck("sets a reserve, changes it, and releases it") { fixture in
      for size: UInt64 in [1 << 20, 4_096, 0, 0] { try fixture.backend.setReserve(size) }
      for area in ObjectArea.allCases {
        let listing = try fixture.backend.list(area)
        #expect(listing == Listing(objects: []))
      }
    }
  ]
}
