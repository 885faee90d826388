import Backend
import BackendTestSupport
import Glibc
import TestSupport
import Testing

@Suite("A local repository on storage that is full or read-only", .enabled(if: geteuid() == 0, "mounting needs root"))
struct FullDiskTests {
  @Test("fails with noSpace, keeps what it had, and has room again after the failed upload")
  func failsWithoutSpace() throws {
    let mount = try TemporaryMount(options: "size=512k")
    let backend = try mount.makeRepository()
    let old = try ObjectName(.packs, "aa01")
    try backend.put(old, [UInt8](repeating: 1, count: 100_000))
    let free = try backend.freeSpace()
    let upload = try backend.beginUpload(to: .packs)
    for _ in 0..<2 {
      expect(.noSpace) { () throws(BackendError) in try upload.append([UInt8](repeating: 2, count: 1 << 20)) }
    }
    expect(.noSpace) { () throws(BackendError) in _ = try upload.commit(as: ObjectName(.packs, "bb01")) }
    #expect(try backend.list(.packs).objects == [ListedObject(name: old, size: 100_000)])
    #expect(try backend.listStagedUploads() == StagingListing(uploads: []))
    // A program that another test is just starting holds copies of our descriptors, and with them the removed file.
    let deadline = ContinuousClock.now + .seconds(5)
    while try backend.freeSpace() != free, ContinuousClock.now < deadline { usleep(1_000) }
    #expect(try backend.freeSpace() == free)
    #expect(try backend.getWhole(old, limit: 100_000) == [UInt8](repeating: 1, count: 100_000))
    #expect(try backend.put(ObjectName(.packs, "bb01"), [UInt8](repeating: 2, count: 100_000)) == .created)
  }

  @Test("fails with noSpace where there is no room for a directory or a file")
  func failsWithoutInodes() throws {
    let mount = try TemporaryMount(options: "size=512k,nr_inodes=32")
    let backend = try mount.makeRepository()
    for number in 0..<(try mount.freeInodes() - 1) { try backend.put(ObjectName(.intents, "\(number)"), []) }
    // The last inode holds the staged file, and none is left for its fan-out directory.
    expect(.noSpace) { () throws(BackendError) in try backend.put(ObjectName(.packs, "aa01"), [1]) }
    #expect(try backend.list(.packs) == Listing(objects: []))
    #expect(try backend.listStagedUploads() == StagingListing(uploads: []))
    try backend.put(ObjectName(.intents, "last"), [])
    expect(.noSpace) { () throws(BackendError) in _ = try backend.beginUpload(to: .index) }
    try backend.delete(ObjectName(.intents, "last"))
  }

  @Test("can delete when full, and use its reserve once that is released")
  func releasesReserve() throws {
    let mount = try TemporaryMount(options: "size=512k")
    let backend = try mount.makeRepository()
    try backend.setReserve(128 << 10)
    let filler = try ObjectName(.packs, "aa01")
    let free = Int(try #require(try backend.freeSpace()))
    #expect(free < 400 << 10)
    // The fan-out directory needs a page itself on some kernels.
    try backend.put(filler, [UInt8](repeating: 1, count: free - 8_192))
    let record = try ObjectName(.index, "01")
    expect(.noSpace) { () throws(BackendError) in try backend.put(record, [UInt8](repeating: 1, count: 64 << 10)) }
    expect(.noSpace) { () throws(BackendError) in try backend.setReserve(1 << 20) }
    try backend.setReserve(0)
    #expect(try backend.put(record, [UInt8](repeating: 1, count: 64 << 10)) == .created)
    try backend.delete(filler)
    try backend.setReserve(128 << 10)
  }

  @Test("can be read, but neither written nor deleted from, where the file system is read-only")
  func readsOnly() throws {
    let mount = try TemporaryMount(options: "size=512k")
    let name = try ObjectName(.packs, "aa01")
    try mount.makeRepository().put(name, [1])
    try mount.makeReadOnly()
    let backend = try LocalBackend.open(at: mount.path)
    #expect(try backend.getWhole(name, limit: 1) == [1])
    #expect(try backend.list(.packs).objects.count == 1)
    expect(.readOnly) { () throws(BackendError) in _ = try backend.beginUpload(to: .packs) }
    expect(.readOnly) { () throws(BackendError) in try backend.delete(name) }
    expect(.readOnly) { () throws(BackendError) in try backend.setReserve(4_096) }
    expect(.readOnly) { () throws(BackendError) in _ = try LocalBackend.create(at: mount.path + "/new") }
  }
}

/// A small file system in memory, mounted on a directory of its own.
private final class TemporaryMount {
  private let directory = TemporaryDirectory()

  var path: String { directory.path }

  init(options: String) throws {
    try #require(mount("tmpfs", directory.path, "tmpfs", 0, options) == 0, "mount: errno \(errno)")
  }

  deinit {
    umount2(directory.path, Int32(MNT_DETACH))
  }

  func makeRepository() throws -> LocalBackend {
    let backend = try LocalBackend.create(at: path)
    try backend.put(.config, [1])
    return backend
  }

  func makeReadOnly() throws {
    let flags = UInt(MS_REMOUNT | MS_RDONLY)
    try #require(mount("tmpfs", path, "tmpfs", flags, nil) == 0, "remount: errno \(errno)")
  }

  func freeInodes() throws -> Int {
    var status = statvfs()
    try #require(statvfs(path, &status) == 0)
    return Int(status.f_ffree)
  }
}
