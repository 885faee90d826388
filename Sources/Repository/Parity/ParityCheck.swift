import Backend
import ErasureCoding
import Format

/// Checks that every object that should have parity has it.
struct ParityCheck {
  private static let pieceLength = 1 << 20

  let context: RepositoryContext
  let log: CheckLog
  /// Parity that is missing or damaged is written.
  let repairs: Bool
  /// All parity is read.
  let readsData: Bool

  /// Call it last, so that what a backup publishes meanwhile has its parity by then.
  func run(isCancelled: () -> Bool) {
    var objects: [ObjectName] = []
    for area in ObjectName.protectedAreas { objects += list(area).map(\.name) }
    // A session's intent stands until its objects have their parity.
    let isAnyoneAtWork = (try? context.sessionIDs().isEmpty) == false
    let parity = list(.parity)
    for object in parity where object.name.protectedObject == nil {
      log.add(.note, .foreign, "\(object.name)", "no parity has such a name")
    }
    guard context.parityRows != nil else { return }
    let present = Set(parity.compactMap(\.name.protectedObject))
    noteOrphans(present.subtracting(objects))
    // One that was removed since it was listed was removed together with its parity.
    let missing = objects.filter { !present.contains($0) && (try? context.stands($0)) != false }
    let damaged = readsData ? objects.filter { present.contains($0) && !isSound($0) && !isCancelled() } : []
    guard repairs else {
      let severity = isAnyoneAtWork ? CheckFinding.Severity.note : .warning
      report(missing, severity, .parityMissing, "no parity: it can't be rebuilt should it be damaged")
      report(damaged, .warning, .parityDamaged, "damaged parity")
      return
    }
    for name in missing where !isCancelled() { write(name, replacing: false) }
    for name in damaged where !isCancelled() { write(name, replacing: true) }
  }

  /// One finding for all: a repository may have many thousands.
  private func report(
    _ names: [ObjectName], _ severity: CheckFinding.Severity, _ code: CheckFinding.Code, _ problem: String
  ) {
    guard let first = names.first else { return }
    let subject = names.count == 1 ? "\(first) has" : "\(first) and \(names.count - 1) more have"
    log.add(severity, code, "parity", "\(subject) \(problem); check --repair writes it")
  }

  private func noteOrphans(_ names: Set<ObjectName>) {
    guard let first = names.min() else { return }
    log.add(
      .note, .parityOrphaned, "parity",
      "\(names.count) parity objects belong to objects that are not there, the first to \(first); prune removes them")
  }

  /// What can't be read is for the check of the objects themselves to report.
  private func list(_ area: ObjectArea) -> [ListedObject] {
    do throws(BackendError) {
      return try context.backend.list(area).objects
    } catch {
      if area == .parity { log.add(.error, .listing, area.rawValue, "\(error)") }
      return []
    }
  }

  private func isSound(_ name: ObjectName) -> Bool {
    do throws(RepositoryError) {
      return try StoredParity(of: name, backend: context.backend).isSound()
    } catch let error where error.code == .missing {
      // Removed together with its object since it was listed.
      return true
    } catch {
      return false
    }
  }

  private func write(_ name: ObjectName, replacing: Bool) {
    do throws(RepositoryError) {
      guard let parity = try encode(name) else { return }
      if replacing { try context.removeParity(of: [name]) }
      try context.publish(parity, of: name)
      log.count { $0.parityWritten += 1 }
    } catch let error where error.code == .missing {
      return
    } catch let error where error.code == .damaged {
      // Parity of damaged bytes would make the damage permanent.
      log.add(.error, name.area == .packs ? .packDamaged : .record, "\(name)", "\(error); its parity was not written")
    } catch {
      log.add(.error, .parityMissing, "\(name)", "its parity could not be written: \(error)")
    }
  }

  /// The parity of an object that is verified to be sound; nil for an empty one.
  private func encode(_ name: ObjectName) throws(RepositoryError) -> EncodedParity? {
    guard var encoder = context.parityEncoder() else { return nil }
    var verification = ObjectVerification(name, sealer: context.sealer)
    let size = try RepositoryError.wrapping("\(name)") { () throws(BackendError) in try context.backend.size(of: name) }
    guard size > 0, size <= UInt64(ObjectVerification.lengthLimit(name.area)) else {
      throw RepositoryError(.damaged, "\(name) has \(size) bytes, which no such object has")
    }
    var piece = [UInt8](repeating: 0, count: Int(min(size, UInt64(Self.pieceLength))))
    var position: UInt64 = 0
    while position < size {
      let count = Int(min(UInt64(piece.count), size - position))
      try piece.withMutableBytes { (piece) throws(RepositoryError) in
        let target = UnsafeMutableRawBufferPointer(rebasing: piece[..<count])
        try RepositoryError.wrapping("\(name)") { () throws(BackendError) in
          try context.backend.read(name, at: position, into: target)
        }
        encoder.append(UnsafeRawBufferPointer(target))
        verification.append(UnsafeRawBufferPointer(target))
      }
      position += UInt64(count)
    }
    try verification.finish()
    return encoder.finish()
  }
}
