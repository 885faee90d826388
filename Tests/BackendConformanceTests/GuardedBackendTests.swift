import Backend
import BackendTestSupport
import Glibc
import Synchronization
import TestSupport
import Testing

@Suite("A backend that is guarded")
struct GuardedBackendTests {
  private func refusal(_ code: BackendError.Code) -> BackendError { BackendError(code: code, message: "refused") }

  @Test("changes nothing that it may not, and can be read")
  func refusesChanges() throws {
    let memory = InMemoryBackend()
    let name = try ObjectName(.packs, "aa01")
    try memory.put(name, [1, 2])
    let before = memory.contents
    let refusal = refusal(.volumeUnavailable)
    let backend = GuardedBackend(memory) { (_) throws(BackendError) in throw refusal }
    expect(.volumeUnavailable) { () throws(BackendError) in _ = try backend.beginUpload(to: .packs) }
    expect(.volumeUnavailable) { () throws(BackendError) in try backend.delete([name]) }
    expect(.volumeUnavailable) { () throws(BackendError) in _ = try backend.quarantine(name) }
    expect(.volumeUnavailable) { () throws(BackendError) in try backend.setReserve(1) }
    expect(.volumeUnavailable) { () throws(BackendError) in
      try backend.removeStagedUpload(StagedUpload(identifier: "x", size: 0, age: .zero))
    }
    #expect(memory.contents == before)
    #expect(try backend.getWhole(name, limit: 2) == [1, 2])
    #expect(try backend.size(of: name) == 2)
    #expect(try backend.list(.packs).objects.map(\.name) == [name])
  }

  @Test("asks again before an upload gets its name")
  func asksBeforePublishing() throws {
    let memory = InMemoryBackend()
    let refusal = refusal(.volumeUnavailable)
    let backend = GuardedBackend(memory) { (change) throws(BackendError) in
      if change == .publication { throw refusal }
    }
    let name = try ObjectName(.packs, "aa01")
    for isReplacing in [false, true] {
      let upload = try backend.beginUpload(to: .packs)
      try upload.append([1])
      expect(.volumeUnavailable) { () throws(BackendError) in
        if isReplacing { _ = try upload.commit(replacing: name) } else { _ = try upload.commit(as: name) }
      }
      #expect(try memory.listStagedUploads().uploads == [])
      expect(.volumeUnavailable) { () throws(BackendError) in try upload.append([2]) }
    }
    #expect(try memory.list(.packs).objects.isEmpty)
  }

  @Test("lets an upload that was refused not be published later, when it could be")
  func endsWhatWasRefused() throws {
    let memory = InMemoryBackend()
    let refusal = refusal(.volumeUnavailable)
    let isRefused = Atomic<Bool>(true)
    let backend = GuardedBackend(memory) { (change) throws(BackendError) in
      if change == .publication, isRefused.exchange(false, ordering: .relaxed) { throw refusal }
    }
    let name = try ObjectName(.packs, "aa01")
    let upload = try backend.beginUpload(to: .packs)
    try upload.append([1])
    for _ in 0..<2 { expect(.volumeUnavailable) { () throws(BackendError) in _ = try upload.commit(as: name) } }
    #expect(memory.contents == [:])
    #expect(try backend.put(name, [1]) == .created)
  }

  @Test("begins no data where no more than the minimum is free, but records")
  func keepsSpace() throws {
    let memory = InMemoryBackend(capacity: 1_000)
    let backend = try memory.keepingFree(500)
    try backend.put(ObjectName(.packs, "aa01"), [UInt8](repeating: 1, count: 500))
    expect(.noSpace) { () throws(BackendError) in _ = try backend.beginUpload(to: .packs) }
    try backend.put(ObjectName(.intents, "01"), [1])
    try backend.delete([ObjectName(.packs, "aa01")])
    try backend.put(ObjectName(.packs, "aa02"), [1])
    expect(.noSpace) { () throws(BackendError) in _ = try memory.keepingFree(1_000) }
  }
}

@Suite("A repository on a mounted volume", .enabled(if: geteuid() == 0, "mounting needs root"))
struct MountedVolumeTests {
  /// A directory with a repository's layout, which is a mount of its own.
  private final class Mounted {
    let directory = TemporaryDirectory()
    var path: String { directory.path + "/point" }

    init() throws {
      #expect(mkdir(path, 0o755) == 0)
      try #require(mount("first", path, "tmpfs", 0, "size=1m") == 0, "mount: errno \(errno)")
    }

    func cover() throws { try #require(mount("second", path, "tmpfs", 0, "size=1m") == 0, "mount: errno \(errno)") }
    func uncover() { umount2(path, Int32(MNT_DETACH)) }

    deinit { while umount2(path, Int32(MNT_DETACH)) == 0 {} }
  }

  @Test("is known by the file system that its nearest directory is on")
  func isHeld() throws {
    let mounted = try Mounted()
    let first = try MountedVolume.holding(mounted.path).identity
    #expect(first.hasPrefix("tmpfs "))
    for path in [mounted.path, mounted.path + "/", mounted.path + "/not/there/yet"] {
      let volume = try MountedVolume.holding(path)
      #expect(volume.mountPoint == mounted.path)
      #expect(volume.identity == first)
      #expect(!volume.isRoot)
    }
    try mounted.cover()
    #expect(try MountedVolume.holding(mounted.path).identity != first)
    #expect(try MountedVolume.holding("/no-such-directory/x").mountPoint == "/")
    #expect(try MountedVolume.holding("/").isRoot)
    expect(.invalidName) { () throws(BackendError) in _ = try MountedVolume.holding("a\0b") }
  }

  @Test("takes nothing once another volume is mounted over it, and takes it again when that is gone")
  func noticesCover() throws {
    let mounted = try Mounted()
    let path = mounted.path + "/repository"
    let local = try LocalBackend.create(at: path)
    let guarding = try VolumeGuard(of: local, at: path, on: local.volume())
    let backend = GuardedBackend(local, check: guarding.check)
    let name = try ObjectName(.packs, "aa01")
    let upload = try backend.beginUpload(to: .packs)
    try upload.append([1])
    try mounted.cover()
    expect(.volumeUnavailable) { () throws(BackendError) in _ = try upload.commit(as: name) }
    // Also where the new one has such a directory.
    #expect(mkdir(path, 0o700) == 0)
    expect(.volumeUnavailable) { () throws(BackendError) in _ = try backend.beginUpload(to: .packs) }
    #expect(try local.volume().identity != MountedVolume.holding(path).identity)
    expect(.volumeUnavailable) { () throws(BackendError) in
      _ = try VolumeGuard(of: local, at: path, on: local.volume())
    }
    mounted.uncover()
    #expect(try local.list(.packs).objects.isEmpty)
    try backend.put(name, [1])
  }
}
