import Backend
import FileSystem
import Glibc
import LMDB
import Patterns
import Repository
import SSH
import Snapshots

/// What an error means to the person or program that started the command: the one place that maps errors of all layers
/// to exit codes.
struct ErrorReport {
  let exitCode: ExitCode
  /// What failed, on what, and why.
  let message: String
  /// What to do about it, where that is known.
  let hint: String?

  init(exitCode: ExitCode, message: String, hint: String?) {
    self.exitCode = exitCode
    self.message = message
    self.hint = hint
  }

  init(_ error: any Error) {
    let chain = Array(sequence(first: error) { Self.cause(of: $0) })
    var finding = chain.reversed().lazy.compactMap(Self.finding).first ?? Finding(.failed)
    // A server that is not waited for any longer since a signal came is not to blame.
    if finding.exitCode == .unreachable, Interruption.isRequested {
      finding = Finding(.interrupted, Self.hint(for: .interrupted))
    }
    exitCode = finding.exitCode
    let isOutputClosed = chain.contains { ($0 as? CommandError)?.message.isEmpty == true }
    message = isOutputClosed ? "" : finding.exitCode == .interrupted ? "interrupted" : "\(error)"
    hint = finding.hint
  }

  /// Writes the report to standard error. An empty message is not worth a line.
  func print(asJSON: Bool) {
    guard !message.isEmpty else { return }
    var text = "firn: \(Terminal.harmless(message))\n"
    if let hint { text += "hint: \(hint)\n" }
    if asJSON {
      var json = JSONWriter()
      json.object { json in
        json.field("message_type", "exit_error")
        json.field("code", exitCode.rawValue)
        json.field("message", message)
        if let hint { json.field("hint", hint) }
      }
      json.endLine()
      text = json.text
    }
    _ = writeAll(Array(text.utf8), to: STDERR_FILENO)
  }

  private struct Finding {
    let exitCode: ExitCode
    let hint: String?

    init(_ exitCode: ExitCode, _ hint: String? = nil) {
      self.exitCode = exitCode
      self.hint = hint
    }
  }

  /// What an error was caused by, as far as that is known.
  static func cause(of error: any Error) -> (any Error)? {
    switch error {
    case let error as CommandError: error.cause
    case let error as SnapshotsError: error.cause
    case let error as RepositoryError: error.cause
    case let error as BackendError: error.cause
    case let error as LMDBError: error.cause
    default: nil
    }
  }

  /// What one error of the chain says by itself; nil if what is above it knows better. The innermost one that says
  /// something decides.
  private static func finding(_ error: any Error) -> Finding? {
    switch error {
    case let error as CommandError: Finding(error.exitCode, hint(for: error.exitCode))
    case let error as BackendError: finding(error.code)
    case let error as RepositoryError: finding(error.code)
    case let error as SnapshotsError: finding(error.code)
    case let error as FileSystemError: error.code == .noSpace ? Finding(.noSpace, hint(for: .noSpace)) : nil
    case let error as LMDBError: finding(error)
    case is PatternError: Finding(.usage)
    case let error as SSHError: finding(error.code)
    default: nil
    }
  }

  private static func finding(_ code: BackendError.Code) -> Finding? {
    switch code {
    case .repositoryMissing: Finding(.noRepository, hint(for: .noRepository))
    case .repositoryExists: Finding(.failed, "take snapshots into it with \"firn backup\"")
    case .notEmpty: Finding(.failed, "choose an empty or a new directory")
    case .noSpace: Finding(.noSpace, hint(for: .noSpace))
    case .unreachable: Finding(.unreachable, "check -r, the network and whether the server runs: ssh HOST true")
    case .notAuthorized: Finding(.unreachable)
    case .inUse: Finding(.busy, "unmount it, or stop what uses it, if the repository is really there")
    case .damagedLayout: Finding(.damaged, hint(for: .damaged))
    case .volumeUnavailable: Finding(.volume, hint(for: .volume))
    case .volumeMissing:
      Finding(.noRepository, "check the device's name and whether it is attached: ls -l /dev/disk/by-id")
    case .volumeReplaced: Finding(.volume)
    case .readOnly:
      Finding(.volume, "the repository is on read-only storage: see whether the disk reports errors, and mount it anew")
    case .permissionDenied:
      Finding(
        .failed, "run as the user who owns the repository; what another one has written there, chown gives back")
    default: nil
    }
  }

  private static func finding(_ code: SSHError.Code) -> Finding? {
    switch code {
    case .configuration: Finding(.usage)
    case .unsupported: Finding(.unreachable)
    default: nil
    }
  }

  private static func finding(_ code: RepositoryError.Code) -> Finding? {
    switch code {
    case .wrongPassword: Finding(.wrongPassword, "check --password-file, --password-command or $FIRN_PASSWORD")
    case .forbidden: Finding(.failed)
    case .damaged, .missing: Finding(.damaged, hint(for: .damaged))
    case .unsupported: Finding(.failed, "a newer version of firn is needed")
    case .cache: Finding(.failed, "delete the cache, it is filled again; or choose another with --cache-dir")
    case .busy: Finding(.busy, "run it again when the other one has ended")
    case .fenced: Finding(.busy, "run it again; what it has stored is used")
    case .invalidArgument: Finding(.usage)
    case .cancelled: Finding(.interrupted, hint(for: .interrupted))
    default: nil
    }
  }

  private static func finding(_ code: SnapshotsError.Code) -> Finding? {
    switch code {
    case .damaged: Finding(.damaged, hint(for: .damaged))
    case .invalidArgument: Finding(.usage)
    case .cancelled: Finding(.interrupted, hint(for: .interrupted))
    default: nil
    }
  }

  private static func finding(_ error: LMDBError) -> Finding? {
    switch error.code {
    case .system(ENOSPC), .system(EDQUOT):
      Finding(.noSpace, "there is no room for the cache; choose another --cache-dir")
    case .networkFilesystem: Finding(.failed, "choose a cache on a local disk with --cache-dir")
    default: nil
    }
  }

  private static func hint(for code: ExitCode) -> String? {
    switch code {
    case .noRepository: "make one with \"firn init\", or check -r and $FIRN_REPOSITORY, and whether the disk is mounted"
    case .noSpace: "make room; all snapshots taken before are as they were"
    case .volume:
      "mount the right volume; if the repository was moved on purpose, run once: firn snapshots -r PLACE --accept-volume"
    case .damaged: "see what is affected with \"firn check --read-data\""
    case .interrupted: "what was done is kept; run the command again to go on"
    default: nil
    }
  }
}
