import ArgumentParser
import FileSystem

/// What a backup is to read.
struct BackupSources: ParsableArguments {
  @Argument(
    help: ArgumentHelp("What to back up; with --stdin-from-command, the program and its arguments.", valueName: "path"))
  var paths: [RawText] = []

  @Option(
    help: ArgumentHelp("Also back up the paths in this file, one a line (\"-\": standard input).", valueName: "file"))
  var filesFrom: [RawText] = []

  @Option(help: ArgumentHelp("Also back up the paths in this file, each ended by a NUL.", valueName: "file"))
  var filesFromRaw: [RawText] = []

  @Flag(help: "Save standard input as one file.")
  var stdin = false

  @Flag(help: "Save what a program prints as one file.")
  var stdinFromCommand = false

  @Option(help: ArgumentHelp("The path of that file in the snapshot (default: stdin).", valueName: "path"))
  var stdinFilename: RawText?

  func validate() throws {
    if stdin, stdinFromCommand { throw ValidationError("--stdin and --stdin-from-command exclude each other") }
    let hasLists = !filesFrom.isEmpty || !filesFromRaw.isEmpty
    if stdin || stdinFromCommand {
      if hasLists { throw ValidationError("--files-from is for files, not for --stdin or --stdin-from-command") }
      if stdin, !paths.isEmpty { throw ValidationError("--stdin takes no paths") }
      if stdinFromCommand, paths.isEmpty {
        throw ValidationError("--stdin-from-command needs a program: … --stdin-from-command -- PROGRAM ARGUMENT…")
      }
    } else if stdinFilename != nil {
      throw ValidationError("--stdin-filename is for --stdin and --stdin-from-command")
    } else if paths.isEmpty, !hasLists {
      throw ValidationError("nothing to back up: give at least one path")
    }
  }

  /// What the arguments name.
  /// - Throws: a usage error for what can't be a path.
  func source() throws(CommandError) -> BackupSource {
    if stdin || stdinFromCommand {
      let stdinFilename = stdinFilename ?? RawText("stdin".utf8)
      let names = stdinFilename.bytes.split(separator: UInt8(ascii: "/")).map { FileName($0) }
      guard !names.isEmpty, !names.contains(nil) else {
        throw CommandError(.usage, "\"\(stdinFilename.escaped)\" can't be the path of a file in a snapshot")
      }
      let program = stdinFromCommand ? paths.map { RawArguments.text($0.bytes) } : nil
      return .stream(path: names.compactMap(\.self), program: program)
    }
    var all = paths
    for file in filesFrom { all += try InputFile.lines(of: file) }
    for file in filesFromRaw { all += try InputFile.items(of: file) }
    var sources: [PathBytes] = []
    for path in all {
      guard !path.bytes.isEmpty, let source = PathBytes(path.bytes) else {
        throw CommandError(.usage, "\"\(path.escaped)\" is no path")
      }
      sources.append(source)
    }
    guard !sources.isEmpty else { throw CommandError(.usage, "nothing to back up: the lists of files are empty") }
    return .paths(sources)
  }
}

/// What a backup reads.
enum BackupSource {
  case paths([PathBytes])
  /// What a program prints, or standard input when there is none, as one file.
  case stream(path: [FileName], program: [String]?)
}

extension RawText {
  var defaultValueDescription: String { escaped }
}
