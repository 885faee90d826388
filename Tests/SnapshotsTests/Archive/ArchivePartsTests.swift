import FileSystem
import Format
import Glibc
import Repository
@testable import Snapshots
import Testing

@Suite("Parts of a backup")
struct ArchivePartsTests {
  private let fixture: ArchiveFixture
  private let session: WriteSession

  init() throws {
    fixture = try ArchiveFixture()
    session = try fixture.repository.beginWriting(by: .test)
  }

  private func store(_ object: TreeObject, _ writer: ChunkWriter) throws -> ChunkID {
    let bytes = object.encode()
    let id = try bytes.withUnsafeBytes { try writer.store($0, kind: .tree).id }
    try fixture.repository.rememberTree(id, bytes)
    return id
  }

  private func node(_ name: String) -> Node {
    let time = Format.Timestamp(seconds: 1)
    return Node(
      name: Array(name.utf8), type: .fifo, mode: 0o600, uid: 0, gid: 0, mtime: time, ctime: time, inode: 1, device: 1,
      linkCount: 1, content: .none)
  }

  @Test("a parent's directory is of use only if its leaves are in order, for one that names a leaf again may never end")
  func orderOfLeaves() throws {
    let writer = try session.chunkWriter()
    let trees = try ParentTrees(of: nil, repository: fixture.repository, session: session)
    let leaves = try [["a", "b"], ["c", "d"], []].map { try store(.leaf(TreeLeaf(nodes: $0.map(node))), writer) }
    func directory(_ numbers: [Int]) throws -> ParentDirectory? {
      // The names in the branch are what its writer says.
      let children = numbers.enumerated().map {
        TreeChild(firstName: Array("\(UnicodeScalar(UInt8(97 + $0)))".utf8), id: leaves[$1])
      }
      return try ParentDirectory(store(.branch(children), writer), trees: trees)
    }
    #expect(try directory([0, 1])?.count == 4)
    #expect(ParentDirectory(leaves[2], trees: trees)?.count == 0)
    for numbers in [[0, 0], [1, 0], [2, 2], [0, 2]] { #expect(try directory(numbers) == nil, "\(numbers)") }
  }

  @Test("a file that can't be read to its end takes no buffer away from the next ones")
  func failedRead() throws {
    let context = try ArchiveContext(
      repository: fixture.repository, session: session, options: BackupOptions(),
      progress: ProblemList().progress, parent: nil)
    let worker = try ArchiveWorker(context)
    for _ in 0...context.workers {
      #expect(throws: FileSystemError.self) {
        try FileSlabs(worker: worker, file: LargeFile(.stream { _, _ in })).read { _ throws(FileSystemError) in
          _ = try Directory(at: "/nonexistent")
          return 0
        }
      }
    }
    #expect(context.slabs.take() != nil)
  }
}
