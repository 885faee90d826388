import Backend
import Cryptography
import FileSystem
import Format
import Glibc
import Repository
import Snapshots

// GoldenFixture REPOSITORY TREE TIME
// Backs TREE up to REPOSITORY, which it makes first if need be, with frames and packs so small that a small tree has
// several. Tests/Fixtures/make-golden runs it.
func end(_ message: String) -> Never {
  write(STDERR_FILENO, message + "\n", message.utf8.count + 1)
  exit(1)
}

func secret(_ text: String) -> SecretBytes { Array(text.utf8).withUnsafeBytes { SecretBytes(copying: $0) } }

let arguments = CommandLine.arguments
guard arguments.count == 4, let seconds = Int64(arguments[3]), let tree = PathBytes(arguments[2]) else {
  end("usage: GoldenFixture REPOSITORY TREE TIME")
}
let now = Format.Timestamp(seconds: seconds)
let full = secret("golden")
let slot = KeySlotLabel(label: "full", host: "golden", user: "golden")
let isNew = access(arguments[1] + "/config", F_OK) != 0
let backend = try isNew ? LocalBackend.create(at: arguments[1]) : LocalBackend.open(at: arguments[1])
if isNew {
  var parameters = RepositoryParameters()
  parameters.minimumChunkSize = 1 << 10
  parameters.averageChunkSize = 12 << 10
  parameters.maximumChunkSize = 32 << 10
  parameters.frameTarget = 64 << 10
  parameters.packTarget = 96 << 10
  _ = try Repository.create(
    on: backend, password: full, parameters: parameters, slot: slot, cost: .least, now: now)
}
let repository = try Repository.open(backend, password: full, cacheDirectory: arguments[1] + ".cache")
if isNew {
  _ = try repository.addKey(
    .write, password: secret("writer"), label: KeySlotLabel(label: "writer", host: "golden", user: "golden"),
    cost: .least,
    now: now)
}
var label = SnapshotLabel(host: "golden", user: "golden", program: "golden-fixture", time: now) {
  SessionOwner(time: now, host: "golden", user: "golden", process: 1, program: "golden-fixture")
}
label.tags = ["golden"]
var options = BackupOptions()
options.workers = 1
let progress = BackupProgress { problem in
  end("\(PathText.escape(problem.path)): \(problem.message)")
}
let result = try Archiver(repository: repository, options: options, progress: progress)
  .backUp(paths: [tree], label: label)
print(result.snapshot?.id.hex ?? "")
