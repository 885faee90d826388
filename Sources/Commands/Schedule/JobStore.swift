import FileSystem
import Glibc
import Scheduling

/// The state directory: for each job the file that says what it is, the record of its last run, and its locks.
struct JobStore {
  /// The absolute path.
  let path: [UInt8]
  private let directory: Directory

  /// Opens the directory that `option` names, or else that of the user.
  init(_ option: RawText?, _ environment: Environment) throws(CommandError) {
    path = if let option { try absolutePath(option.bytes) } else { try StateDirectory.path(environment) }
    directory = try DurableFile.directory(at: path, mode: 0o700)
  }

  /// The names of all jobs, in order.
  func names() throws(CommandError) -> [JobName] {
    do {
      var reader = DirectoryReader(capacity: 32 * 1024)
      let names = try reader.entries(of: directory).compactMap { entry -> JobName? in
        let name = String(decoding: entry.name.bytes, as: UTF8.self)
        return name.hasSuffix(".job") ? JobName(String(name.dropLast(4))) : nil
      }
      return names.sorted { $0.description < $1.description }
    } catch {
      throw CommandError(.failed, "can't list \(Terminal.escaped(path))", cause: error)
    }
  }

  /// The job of a name; nil if there is none.
  func jobIfPresent(_ name: JobName) throws(CommandError) -> Job? {
    guard let bytes = try DurableFile.read(try fileName(name, "job"), in: directory) else { return nil }
    do {
      return try Job(name: name, file: bytes)
    } catch {
      throw CommandError(.failed, "\(error)")
    }
  }

  /// The job of a name.
  /// - Throws: an error if there is none.
  func job(_ name: JobName) throws(CommandError) -> Job {
    if let job = try jobIfPresent(name) { return job }
    throw CommandError(.failed, "there is no job \(name) in \(Terminal.escaped(path)); see \"firn schedule status\"")
  }

  func write(_ job: Job) throws(CommandError) {
    try DurableFile.write(job.file, to: try fileName(job.name, "job"), in: directory, mode: 0o600)
  }

  /// What is known of the last run; a file that can't be read counts for nothing.
  func lastRun(_ name: JobName) throws(CommandError) -> RunRecord? {
    try DurableFile.read(try fileName(name, "run"), in: directory).flatMap { RunRecord(file: $0) }
  }

  func write(_ record: RunRecord, of name: JobName) throws(CommandError) {
    try DurableFile.write(record.file, to: try fileName(name, "run"), in: directory, mode: 0o600)
  }

  /// Puts back what was known before a run that could not be started.
  func restore(_ record: RunRecord?, of name: JobName) throws(CommandError) {
    if let record { return try write(record, of: name) }
    try DurableFile.remove(try fileName(name, "run"), in: directory)
  }

  /// Removes everything of a job. The caller holds its lock, whose file goes last.
  func remove(_ name: JobName) throws(CommandError) {
    for kind in ["job", "run", "queue", "lock"] {
      try DurableFile.remove(try fileName(name, kind), in: directory)
    }
  }

  /// The lock that a run of the job holds; nil if another process has it.
  func lock(_ name: JobName) throws(CommandError) -> JobLock? {
    let lock = try JobLock(path: lockPath(name, "lock"))
    guard try lock.tryTake() else { return nil }
    return lock
  }

  /// Waits for the lock that a run of the job holds; nil if another process waits already: of several runs that wait, one is
  /// enough.
  func waitForLock(_ name: JobName) throws(CommandError) -> JobLock? {
    let queue = try JobLock(path: lockPath(name, "queue"))
    guard try queue.tryTake() else { return nil }
    let lock = try JobLock(path: lockPath(name, "lock"))
    while try !lock.tryTake() {
      try Interruption.check()
      Interruption.sleep(until: .now + .milliseconds(100))
    }
    queue.release()
    return lock
  }

  private func lockPath(_ name: JobName, _ kind: String) -> [UInt8] { path + Array("/\(name).\(kind)".utf8) }

  private func fileName(_ name: JobName, _ kind: String) throws(CommandError) -> FileName {
    guard let file = FileName("\(name).\(kind)") else { throw CommandError(.usage, "\(name) is no name for a job") }
    return file
  }
}
