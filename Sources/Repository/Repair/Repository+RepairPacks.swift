public import Format

extension Repository {
  /// Saves what can be read of damaged packs, and sets them aside.
  ///
  /// - Parameters:
  ///   - selection: the packs to look at; nil reads all to find those that are damaged.
  ///   - nameLimit: how many snapshots and paths are named for each thing that is lacking.
  /// - Throws: `.damaged` if a segment of the index can't be read, `.missing` for a pack that there is none of; `.forbidden`,
  ///   `.busy`, `.fenced` and `.cancelled` as ``repairIndex(readsAll:isDryRun:by:watch:progress:isCancelled:)``. It may be run again.
  public func repairPacks(
    _ selection: Set<PackID>? = nil, isDryRun: Bool = false, by owner: SessionOwner, watch: SessionWatch,
    threads: Int, nameLimit: Int = CheckOptions.defaultNameLimit,
    progress: @escaping @Sendable (CheckProgress) -> Void = { _ in },
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) throws(RepositoryError) -> PackRepairReport {
    try repairing(by: owner, watch: watch, isDryRun: isDryRun) { (session) throws(RepositoryError) in
      var repair = PackRepair(
        session: session, log: CheckLog(nameLimit: nameLimit), progress: progress, isCancelled: isCancelled)
      return try repair.run(selection, threads: threads)
    }
  }
}

extension Repository {
  /// The packs, in the repository or in the index, whose ids begin with these hexadecimal digits.
  ///
  /// - Throws: `.missing` naming a prefix that no pack has.
  public func packIDs(withPrefixes prefixes: [String]) throws(RepositoryError) -> Set<PackID> {
    let known = try Set(context.listPacks().map(\.id) + index.packNumbers().map(\.id))
    var found: Set<PackID> = []
    for prefix in prefixes {
      let packs = known.filter { $0.hex.hasPrefix(prefix) }
      guard !packs.isEmpty else { throw RepositoryError(.missing, "there is no pack whose id begins with \(prefix)") }
      found.formUnion(packs)
    }
    return found
  }
}
