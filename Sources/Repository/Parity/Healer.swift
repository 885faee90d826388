import Backend
import ErasureCoding
import Format

/// Rebuilds damaged objects from their parity.
struct Healer {
  /// What became of an object.
  enum Outcome: Hashable {
    /// Its bytes are what they should be; nothing was done.
    case sound
    /// So many sectors were rebuilt; the damaged bytes are kept where it says.
    case healed(sectors: Int, kept: String)
  }

  let context: RepositoryContext

  /// Puts an object right, in its place, if its parity suffices. What is not verified to be the object is never stored.
  ///
  /// - Throws: `.missing` if there is no such object, or no parity of it; `.damaged` if more of it is damaged than its parity
  ///   can bring back. Nothing was changed then.
  func heal(_ name: ObjectName) throws(RepositoryError) -> Outcome {
    let object = try SectorReader(name, backend: context.backend)
    let parity = try StoredParity(of: name, backend: context.backend)
    let layout = parity.layout
    guard layout.length <= ObjectVerification.lengthLimit(name.area) else {
      throw RepositoryError(.damaged, "the parity of \(name) is that of a longer object than there can be")
    }
    let upload = try RepositoryError.wrapping("\(name)") { () throws(BackendError) in
      try context.backend.beginUpload(to: name.area)
    }
    var verification = ObjectVerification(name, sealer: context.sealer)
    var rebuilt = 0
    for index in 0..<layout.stripeCount {
      let stripe = layout.stripe(index)
      var sectors = [UInt8](repeating: 0, count: stripe.sectorCount * layout.sectorLength)
      let start = stripe.firstSector * layout.sectorLength
      let count = min(sectors.count, layout.length - start)
      try sectors.withMutableBytes { (sectors) throws(RepositoryError) in
        try object.read(at: start, sectorLength: layout.sectorLength, into: sectors)
        // What was added behind the object's end belongs to no sector.
        UnsafeMutableRawBufferPointer(rebasing: sectors[count...]).initializeMemory(as: UInt8.self, repeating: 0)
        rebuilt += try rebuild(stripe, sectors, of: name, parity)
        let bytes = UnsafeRawBufferPointer(rebasing: sectors[..<count])
        verification.append(bytes)
        try RepositoryError.wrapping("\(name)") { () throws(BackendError) in try upload.append(bytes) }
      }
    }
    try verification.finish()
    guard rebuilt > 0 || object.size != UInt64(layout.length) else { return .sound }
    let kept = try RepositoryError.wrapping("\(name)") { () throws(BackendError) in
      try upload.commit(replacing: name)
    }
    return .healed(sectors: rebuilt, kept: kept)
  }

  /// Rebuilds a stripe's damaged sectors; gives their number.
  private func rebuild(
    _ stripe: Stripe, _ sectors: UnsafeMutableRawBufferPointer, of name: ObjectName, _ parity: StoredParity
  ) throws(RepositoryError) -> Int {
    let length = parity.layout.sectorLength
    let expected = parity.description.dataChecksums.dropFirst(stripe.firstSector).prefix(stripe.sectorCount)
    let damaged = UnsafeRawBufferPointer(sectors).damagedSectors(length, expected)
    guard !damaged.isEmpty else { return 0 }
    let (bytes, damagedParity) = try parity.sectors(of: stripe)
    let isRebuilt = bytes.withUnsafeBytes {
      stripe.repair(sectors, damaged: damaged, parity: $0, damagedParity: damagedParity)
    }
    guard isRebuilt else {
      throw RepositoryError(
        .damaged,
        "\(damaged.count) of \(stripe.sectorCount) sectors from byte \(stripe.firstSector * length) on are damaged, more "
          + "than the parity of \(name) brings back")
    }
    return damaged.count
  }
}
