import Format
import Repository
import RepositoryFixture

extension Process {
  /// Finds nothing wrong, whatever comes and goes meanwhile.
  func check() throws {
    let report = try repository.check(CheckOptions(data: .all, threads: 1))
    for finding in report.findings where finding.severity == .error {
      world.violate("a check beside the rest finds \(finding.code) in \(finding.object): \(finding.message)")
    }
    world.count { $0.checks += 1 }
  }

  /// Reads all of every snapshot that was taken before it began, and is not forgotten meanwhile.
  func read() throws {
    let kept = world.kept
    try repository.refreshIndex()
    let listing = try repository.snapshots()
    for id in kept {
      guard let snapshot = listing.snapshots.first(where: { $0.id == id }) else {
        if world.kept.contains(id) { world.violate("snapshot \(id) is not listed") }
        continue
      }
      do {
        let files = try repository.readAll(snapshot)
        if files != world.content(of: snapshot)?.files { world.violate("snapshot \(id) reads as something else") }
        world.count { $0.reads += 1 }
      } catch {
        if world.kept.contains(id) { world.violate("snapshot \(id) can't be read: \(error)") }
      }
    }
  }
}
