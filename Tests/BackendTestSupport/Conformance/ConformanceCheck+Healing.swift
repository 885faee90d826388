import Backend
import Testing

extension ConformanceCheck {
  static let healing = [
    ConformanceCheck("puts verified bytes in the place of a damaged object, as often as it takes") { fixture in
      let names = try [ObjectName(.packs, "ab01"), ObjectName(.snapshots, "ab01")]
      for name in names where name.area == .packs || fixture.replacesRecords {
        try fixture.backend.put(name, [1, 2, 3])
        #expect(try fixture.backend.getWhole(name, limit: 10) == [1, 2, 3])
        var kept: Set<String> = []
        for bytes: [UInt8] in [[4, 5, 6, 7], [8]] {
          let upload = try fixture.backend.beginUpload(to: name.area)
          try upload.append(bytes)
          kept.insert(try upload.commit(replacing: name))
          #expect(try fixture.backend.getWhole(name, limit: 10) == bytes)
          #expect(try fixture.backend.list(name.area).objects.map(\.size) == [UInt64(bytes.count)])
        }
        #expect(kept.count == 2, "what was there before is kept each time")
      }
      #expect(try fixture.backend.listStagedUploads().uploads == [])
      #expect(try fixture.backend.list(.config).foreign == [])
    },
    ConformanceCheck("refuses to replace what it could bring back to life, and leaves it as it is") { fixture in
      guard !fixture.replacesRecords else { return }
      let name = try ObjectName(.snapshots, "ab01")
      try fixture.backend.put(name, [1, 2, 3])
      let upload = try fixture.backend.beginUpload(to: .snapshots)
      try upload.append([4])
      expect(.notSupported, naming: name) { () throws(BackendError) in _ = try upload.commit(replacing: name) }
      #expect(try fixture.backend.getWhole(name, limit: 10) == [1, 2, 3])
      #expect(try fixture.backend.listStagedUploads().uploads == [])
    },
    ConformanceCheck("does not bring back an object that was deleted before its repair was done") { fixture in
      let name = try ObjectName(.index, "ab02")
      try fixture.backend.put(name, [1])
      let upload = try fixture.backend.beginUpload(to: .index)
      try upload.append([2])
      try fixture.backend.delete(name)
      expect(.notFound) { () throws(BackendError) in _ = try upload.commit(replacing: name) }
      #expect(try fixture.backend.list(.index) == Listing(objects: []))
      #expect(try fixture.backend.listStagedUploads().uploads == [])
    },
    ConformanceCheck("takes objects into quarantine, which frees their names and loses nothing") { fixture in
      let name = try ObjectName(.packs, "ab03")
      var places: Set<String> = []
      for byte: UInt8 in [1, 2] {
        #expect(try fixture.backend.put(name, [byte]) == .created)
        #expect(try fixture.backend.getWhole(name, limit: 1) == [byte])
        places.insert(try fixture.backend.quarantine(name))
        expect(.notFound) { () throws(BackendError) in _ = try fixture.backend.size(of: name) }
        expect(.notFound) { () throws(BackendError) in _ = try fixture.backend.getWhole(name, limit: 1) }
        #expect(try fixture.backend.list(.packs) == Listing(objects: []))
      }
      #expect(places.count == 2)
      expect(.notFound) { () throws(BackendError) in _ = try fixture.backend.quarantine(name) }
    },
  ]
}
