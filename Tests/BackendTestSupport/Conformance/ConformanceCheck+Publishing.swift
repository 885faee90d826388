import Backend
import TestSupport
import Testing

extension ConformanceCheck {
  static let naming = [
    ConformanceCheck("takes the longest and the oddest names of every area") { fixture in
      for area in ObjectArea.allCases where area != .config {
        let longest = "0a" + String(repeating: "z", count: ObjectName.maximumLength - 2)
        for text in ["00", "ff-", longest, "0a-0", "9" + "9"] {
          let name = try ObjectName(area, text)
          #expect(try fixture.backend.put(name, Array(text.utf8)) == .created)
          #expect(try fixture.backend.getWhole(name, limit: 100) == Array(text.utf8))
        }
      }
    },
    ConformanceCheck("keeps one name in several areas apart") { fixture in
      let names = try [ObjectArea.packs, .index, .snapshots, .intents].map { area throws in
        try ObjectName(area, "00aa")
      }
      for name in names { try fixture.backend.put(name, Array(name.description.utf8)) }
      try fixture.backend.delete(names[1])
      for name in [names[0], names[2], names[3]] {
        #expect(try fixture.backend.getWhole(name, limit: 100) == Array(name.description.utf8))
      }
      expect(.notFound) { () throws(BackendError) in _ = try fixture.backend.size(of: names[1]) }
    },
  ]

  static let publishing = [
    ConformanceCheck("gives back what was put, whole, at every edge size") { fixture in
      var generator = SeededGenerator(seed: 1)
      for size in [0, 1, 4_095, 4_096, 4_097, 10 << 20] {
        let bytes = generator.bytes(size)
        let name = try ObjectName(.packs, "ab-\(size)")
        #expect(try fixture.backend.put(name, bytes) == .created)
        #expect(try fixture.backend.size(of: name) == UInt64(size))
        #expect(try fixture.backend.getWhole(name, limit: size) == bytes, "size \(size)")
      }
    },
    ConformanceCheck("joins the appended pieces in order") { fixture in
      var generator = SeededGenerator(seed: 2)
      let pieces = [0, 1, 70_000, 0, 9 << 20, 13].map { generator.bytes($0) }
      let upload = try fixture.backend.beginUpload(to: .packs)
      for piece in pieces { try upload.append(piece) }
      let whole = pieces.reduce(into: []) { $0 += $1 }
      #expect(upload.length == UInt64(whole.count))
      let name = try ObjectName(.packs, "cdef")
      #expect(try upload.commit(as: name) == .created)
      #expect(try fixture.backend.getWhole(name, limit: whole.count) == whole)
    },
    ConformanceCheck("never clobbers an object, and leaves the first bytes") { fixture in
      for area in ObjectArea.allCases {
        let name = area == .config ? .config : try ObjectName(area, "00")
        #expect(try fixture.backend.put(name, [1, 2, 3]) == .created)
        #expect(try fixture.backend.put(name, [4]) == .alreadyExists)
        #expect(try fixture.backend.put(name, []) == .alreadyExists)
        #expect(try fixture.backend.getWhole(name, limit: 10) == [1, 2, 3])
      }
      #expect(try fixture.backend.listStagedUploads() == StagingListing(uploads: []))
    },
    ConformanceCheck("lets exactly one of 16 racing threads have a name") { fixture in
      let backend = fixture.backend
      for round in 0..<8 {
        let name = try ObjectName(round.isMultiple(of: 2) ? .packs : .tombstones, "\(round)f")
        let outcomes = onThreads(16) { index in
          Result { () throws(BackendError) in
            try backend.put(name, [UInt8](repeating: UInt8(index), count: 1_000 + index))
          }
        }
        let created = try outcomes.indices.filter { try outcomes[$0].get() == .created }
        let winner = try #require(created.first)
        #expect(created.count == 1, "round \(round)")
        let expected = [UInt8](repeating: UInt8(winner), count: 1_000 + winner)
        #expect(try backend.getWhole(name, limit: 2_000) == expected, "round \(round)")
      }
      #expect(try backend.listStagedUploads() == StagingListing(uploads: []))
    },
    ConformanceCheck("shows nothing of an upload before its commit, nor after it is dropped") { fixture in
      var upload: (any Upload)? = try fixture.backend.beginUpload(to: .snapshots)
      try upload?.append([UInt8](repeating: 7, count: 100_000))
      #expect(try fixture.backend.list(.snapshots) == Listing(objects: []))
      upload = nil
      for area in ObjectArea.allCases {
        #expect(try fixture.backend.list(area) == Listing(objects: []))
      }
      #expect(try fixture.backend.listStagedUploads() == StagingListing(uploads: []))
    },
    ConformanceCheck("keeps objects over reopening") { fixture in
      let pack = try ObjectName(.packs, "0123")
      let snapshot = try ObjectName(.snapshots, "s")
      try fixture.backend.put(pack, [1])
      try fixture.backend.put(snapshot, [2, 2])
      try fixture.backend.put(.config, [3, 3, 3])
      let reopened = try fixture.reopen()
      #expect(try reopened.getWhole(pack, limit: 1) == [1])
      #expect(try reopened.getWhole(snapshot, limit: 2) == [2, 2])
      #expect(try reopened.list(.config).objects == [ListedObject(name: .config, size: 3)])
      #expect(try reopened.put(pack, [9]) == .alreadyExists)
    },
  ]
}
