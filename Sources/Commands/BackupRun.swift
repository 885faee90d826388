import FileSystem
import Glibc
import Snapshots
import Threads

/// One run of an archiver, with progress and interruption.
struct BackupRun {
  let archiver: Archiver
  let progress: BackupProgress
  let label: SnapshotLabel
  let context: CommandContext

  func backUp(_ source: BackupSource, excluding exclusions: Exclusions) throws -> BackupResult {
    switch source {
    case .paths(let paths): try backUp(paths, excluding: exclusions)
    case .stream(let path, nil): try backUp(STDIN_FILENO, "standard input", as: path) {}
    case .stream(let path, let program?): try backUp(program, as: path)
    }
  }

  private func backUp(_ paths: [PathBytes], excluding exclusions: Exclusions) throws -> BackupResult {
    guard paths.contains(where: exists) else {
      throw CommandError(
        .failed, "none of the paths to back up exists: \(paths.map(\.escaped).joined(separator: ", "))")
    }
    for link in try SourceLink.all(among: paths) {
      context.console.warning(
        "\(link.path.escaped) is a symbolic link, and only that is saved; to save what it leads to, name \(link.target.escaped)"
      )
    }
    let line = context.console.progressLine(context.environment)
    // Nobody asks for totals that aren't shown.
    let scan = line == nil ? nil : try BackupScan(paths: paths, exclusions: exclusions)
    let scanner = scan.flatMap { scan in WorkerThread { scan.run() } }
    defer {
      scan?.cancel()
      scanner?.join()
    }
    return try work(line, scan) { try archiver.backUp(paths: paths, label: label) }
  }

  /// Saves what a program prints, unless it fails.
  private func backUp(_ program: [String], as path: [FileName]) throws -> BackupResult {
    let name = Terminal.escaped(RawArguments.bytes(program[0]))
    let child = try ChildProcess(program)
    let output = child.output
    var running = Optional(child)
    return try backUp(output, name, as: path) {
      if let ended = try running.take()?.wait(), !ended.isSuccess {
        throw CommandError(.failed, "\(name) \(ended); no snapshot was taken")
      }
      // It would take the place of the last good dump.
      guard progress.bytesDone > 0 else {
        throw CommandError(.failed, "\(name) printed nothing; no snapshot was taken")
      }
    }
  }

  private func backUp(
    _ descriptor: CInt, _ name: String, as path: [FileName], validate: () throws -> Void
  ) throws -> BackupResult {
    try work(context.console.progressLine(context.environment), nil) {
      try archiver.backUp(
        stream: { try Self.fill($0, from: descriptor, name) }, as: path, label: label, validate: validate)
    }
  }

  private func work(
    _ line: ProgressLine?, _ scan: BackupScan?, _ body: () throws -> BackupResult
  ) throws -> BackupResult {
    try LongWork.run(showing: line) { [progress] in
      let totals = scan?.totals
      return ProgressStatus(
        phase: "backup", files: progress.filesDone, bytes: progress.bytesDone, totalFiles: totals?.files,
        totalBytes: totals?.bytes, errors: Int(clamping: progress.problemCount))
    } cancel: { [progress] in
      progress.cancel()
    } _: {
      try body()
    }
  }

  /// Reads until the buffer is full or the end has come; gives what it read.
  private static func fill(
    _ buffer: UnsafeMutableRawBufferPointer, from descriptor: CInt, _ name: String
  ) throws(CommandError) -> Int {
    var filled = 0
    while filled < buffer.count {
      // The signal may have gone to another thread, so the wait for input is cut short to look.
      var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&wait, 1, 100) != 0 else {
        try Interruption.check()
        continue
      }
      try Interruption.check()
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
      let count = try readSome(from: descriptor, into: rest, name: name)
      if count == 0 { break }
      filled += count
    }
    return filled
  }

  private func exists(_ path: PathBytes) -> Bool {
    path.withCString { path in
      var status = stat()
      return lstat(path, &status) == 0 || errno != ENOENT
    }
  }
}
