import Backend
import Format

/// Checks the small objects: config, key slots, intents, tombstones and sweep records, and what doesn't belong.
struct RecordCheck {
  let repository: Repository
  let log: CheckLog

  private var context: RepositoryContext { repository.context }

  func run() {
    checkConfiguration()
    checkKeySlots()
    checkRecords(.intents, kind: .intent) { SnapshotID(hex: $0) != nil }
    checkRecords(.tombstones, kind: .tombstone) { PackSet.number(objectName: $0) != nil }
    checkRecords(.sweeps, kind: .sweep) { PackSet.number(objectName: $0) != nil }
    objects(of: .config) { _ in true }
    objects(of: .keys) { KeySlotID(hex: $0) != nil }
    objects(of: .index) { SegmentID(text: $0) != nil }
    noteStagedUploads()
  }

  private func checkConfiguration() {
    do throws(RepositoryError) {
      let configuration = try RepositoryContext.configuration(of: context.backend, secrets: context.secrets)
      guard configuration == context.configuration else {
        throw RepositoryError(.damaged, "config is not what it was when the repository was opened")
      }
    } catch {
      log.add(.error, .config, "config", "\(error)")
    }
  }

  private func checkKeySlots() {
    do throws(RepositoryError) {
      let (slots, damaged) = try repository.keySlots()
      for name in damaged { log.add(.error, .keySlot, "keys/\(name)", "this is no readable key slot") }
      for slot in slots where slot.header.repository != context.configuration.repository {
        log.add(.error, .keySlot, "keys/\(slot.id)", "this key slot belongs to another repository")
      }
      if !slots.contains(where: { $0.header.role == .full }) {
        log.add(.error, .keySlot, "keys", "no key slot is left whose password can read; add one while you can")
      }
    } catch {
      log.add(.error, .keySlot, "keys", "\(error)")
    }
  }

  private func checkRecords(_ area: ObjectArea, kind: RecordKind, named isKnown: (String) -> Bool) {
    for object in objects(of: area, named: isKnown) {
      let name = object.name
      do throws(RepositoryError) {
        let bytes = try RepositoryError.wrapping("\(name)") { () throws(BackendError) in
          try context.backend.getWhole(name, limit: kind.objectLengthLimit)
        }
        let body = try context.sealer.open(bytes, as: [kind], name: name.name, context: "\(name)").body
        try RepositoryError.wrapping("\(name)") { () throws(FormatError) in
          try body.withBytes { (bytes) throws(FormatError) in
            if kind == .intent { _ = try Intent.decode(bytes) } else { _ = try PackSet.decode(bytes) }
          }
        }
        if kind == .tombstone {
          log.add(.note, .unfinishedPrune, "\(name)", "a prune is running or was cut off; the next one finishes it")
        }
      } catch let error where error.code == .missing {
        // It was removed since it was listed, as its owner does.
        continue
      } catch {
        log.add(.error, .record, "\(name)", "\(error)")
      }
    }
  }

  /// Lists an area and notes what stands there without being an object; nil if it can't be listed.
  func list(_ area: ObjectArea) -> Listing? {
    do throws(BackendError) {
      let listing = try context.backend.list(area)
      for path in listing.foreign { log.add(.note, .foreign, path, "this is no object of the repository") }
      return listing
    } catch {
      log.add(.error, .listing, area.rawValue, "\(error)")
      return nil
    }
  }

  /// An area's objects, but for those that are none by their names, which are noted.
  @discardableResult
  private func objects(of area: ObjectArea, named isKnown: (String) -> Bool) -> [ListedObject] {
    (list(area)?.objects ?? []).filter { object in
      if isKnown(object.name.name) { return true }
      log.add(.note, .foreign, "\(object.name)", "no object of this kind has such a name")
      return false
    }
  }

  /// The packs that stand in the repository; nil if they can't be listed.
  func listPacks() -> [ListedPack]? {
    guard let listing = list(.packs) else { return nil }
    return listing.objects.compactMap { object in
      if let id = PackID(hex: object.name.name) { return ListedPack(id: id, length: object.size) }
      log.add(.note, .foreign, "\(object.name)", "no pack has such a name")
      return nil
    }
  }

  private func noteStagedUploads() {
    do throws(BackendError) {
      let staged = try context.backend.listStagedUploads()
      for upload in staged.uploads {
        log.add(
          .note, .stagedUpload, upload.identifier,
          "an upload of \(upload.size) bytes was not finished, last written \(upload.age.components.seconds) s ago")
      }
      for path in staged.foreign { log.add(.note, .foreign, path, "this is no object of the repository") }
    } catch {
      log.add(.error, .listing, "tmp", "\(error)")
    }
  }
}
