import Format

extension Prune {
  /// Those of the packs that say something else of themselves than the index does; for each a warning is noted.
  ///
  /// Index segments are made with a key that every writer has. So a writer can describe another's pack as one in which
  /// nothing is that is needed, or with its chunks in another order. The pack's own directory is under a key that only
  /// its maker had, and whoever holds a full key.
  func misdescribed(among packs: some Sequence<PackID>) throws(RepositoryError) -> Set<PackID> {
    var odd: Set<PackID> = []
    for id in packs where !compared.contains(id) {
      try throwIfCancelled()
      // Of a pack that no segment names nothing was said.
      guard let indexed = try index.description(of: id) else { continue }
      do throws(RepositoryError) {
        guard try context.describe(ListedPack(id: id, length: indexed.length)) == indexed else {
          odd.insert(id)
          report.warn(
            .damaged,
            "pack \(id) stays as it is, since the index does not say what is in it; run repair index --read-all")
          continue
        }
      } catch let error where error.code == .missing {
        // There is nothing left of it to spare.
      } catch let error where error.saysDamaged || error.saysUnreadable {
        odd.insert(id)
        report.warn(.damaged, "pack \(id) stays as it is, since it can't be read: \(error); run repair packs")
        continue
      }
      compared.insert(id)
    }
    return odd
  }
}
