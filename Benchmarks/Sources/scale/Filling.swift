import Backend
import Format
import Repository

/// Writes a repository of very many chunks by the way that a backup takes.
///
/// The chunks are of 64 bytes instead of 16 KiB, and frames and packs are smaller by as much; so packs, frames, index segments,
/// content lists and directories are as many and list as many chunks as in a repository of two hundred times the size.
enum Filling {
  private static let parameters = {
    var parameters = RepositoryParameters()
    parameters.frameTarget = UInt32(FileWriter.chunkLength * FileWriter.chunksPerFrame)
    parameters.packTarget = 1200 << 10
    return parameters
  }()

  static func run(place: Place, ids path: String, count: Int) throws -> [(name: String, value: Double)] {
    _ = try Repository.create(
      on: LocalBackend.create(at: place.repository), password: Place.password, parameters: parameters,
      slot: KeySlotLabel(label: "", host: "", user: ""), now: Place.owner.time)
    let repository = try place.open()
    var sample = IDSample(of: count)
    let time = try seconds {
      let session = try repository.beginWriting(by: Place.owner)
      var files = FileWriter(writer: try session.chunkWriter())
      while files.chunkCount < count { try files.addFrame(atMost: count - files.chunkCount, sample: &sample) }
      let tree = try files.finish()
      try session.finish()
      try repository.commit(
        Snapshot(
          id: session.snapshotID, time: Place.owner.time, host: Place.owner.host, user: "",
          roots: [SnapshotRoot(kind: .tree, tree: tree)], paths: ["/"], program: Place.owner.program, sequence: 1),
        of: session)
    }
    try sample.write(to: path)
    return [("seconds", time)]
  }
}
