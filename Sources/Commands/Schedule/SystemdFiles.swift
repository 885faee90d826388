import FileSystem
import Glibc
import Scheduling

/// Unit files in a directory, and `systemctl` to tell the manager of them.
struct SystemdFiles {
  private let path: [UInt8]
  private let scope: SystemdScope

  init(_ path: [UInt8], _ scope: SystemdScope) throws(CommandError) {
    self.path = path
    self.scope = scope
  }

  /// Where this machine keeps units that an administrator, or with `.user` the user, adds.
  static func usualDirectory(_ scope: SystemdScope, _ environment: Environment) throws(CommandError) -> [UInt8] {
    if scope == .system { return Array("/etc/systemd/system".utf8) }
    if let home = environment["XDG_CONFIG_HOME"], home.first == UInt8(ascii: "/") {
      return home + Array("/systemd/user".utf8)
    }
    if let home = environment.home { return home + Array("/.config/systemd/user".utf8) }
    throw CommandError(.usage, "no place for units: set HOME, or use --unit-directory")
  }

  /// Whether systemd runs this machine.
  static var isRunning: Bool { access("/run/systemd/system", F_OK) == 0 }

  /// Writes both units and starts the timer.
  func install(_ units: SystemdUnits) throws(CommandError) -> TimerInstallation {
    let directory = try DurableFile.directory(at: path, mode: 0o755)
    let name = SystemdUnits.name(units.job.name)
    // Both are looked at before one is written; the timer comes last, as it needs the service.
    let texts = [("\(name).service", units.service), ("\(name).timer", units.timer)]
    for (file, _) in texts { _ = try ownFile(file, in: directory) }
    var result = TimerInstallation()
    for (file, text) in texts {
      let fileName = try fileName(file)
      try DurableFile.write(Array(text.utf8), to: fileName, in: directory, mode: 0o644)
      result.files.append(Array(directory.path.appending(fileName).bytes))
    }
    result.remaining = try run([["daemon-reload"], ["enable", "--now", "\(name).timer"]])
    return result
  }

  /// Stops the timer and removes both units.
  func remove(_ job: JobName) throws(CommandError) -> TimerInstallation {
    guard let path = PathBytes(path), let directory = try? Directory(at: path) else { return TimerInstallation() }
    let name = SystemdUnits.name(job)
    var result = TimerInstallation()
    var own: [String] = []
    for file in ["\(name).timer", "\(name).service"] where try ownFile(file, in: directory) { own.append(file) }
    guard !own.isEmpty else { return result }
    result.remaining = try run([["disable", "--now", "\(name).timer"]])
    for file in own { try DurableFile.remove(try fileName(file), in: directory) }
    result.remaining += try run([["daemon-reload"]])
    return result
  }

  /// Whether the job's timer is in the directory, and not somebody else's.
  func hasTimer(_ job: JobName) throws(CommandError) -> Bool {
    guard let path = PathBytes(path), let directory = try? Directory(at: path) else { return false }
    let bytes = try DurableFile.read(try fileName("\(SystemdUnits.name(job)).timer"), in: directory)
    return bytes?.starts(with: SystemdUnits.marker.utf8) == true
  }

  /// Whether a file is there that this program wrote.
  /// - Throws: an error if it is somebody else's.
  private func ownFile(_ file: String, in directory: Directory) throws(CommandError) -> Bool {
    guard let bytes = try DurableFile.read(try fileName(file), in: directory) else { return false }
    guard bytes.starts(with: SystemdUnits.marker.utf8) else {
      throw CommandError(
        .failed, "\(Terminal.escaped(path))/\(file) is not from \"firn schedule\" and stays as it is; use another name")
    }
    return true
  }

  private func fileName(_ file: String) throws(CommandError) -> FileName {
    guard let name = FileName(file) else { throw CommandError(.usage, "\(file) is no name for a unit") }
    return name
  }

  /// Runs `systemctl` with each list of arguments; what can't be run here is returned instead.
  private func run(_ lists: [[String]]) throws(CommandError) -> [String] {
    let usual = try? Self.usualDirectory(scope, .process)
    let commands = lists.map { (scope == .user ? ["systemctl", "--user"] : ["systemctl"]) + $0 }
    guard Self.isRunning, usual == path else { return commands.map { $0.joined(separator: " ") } }
    for command in commands {
      let status = try ChildProcess(command).wait()
      guard status.isSuccess else {
        throw CommandError(.failed, "\"\(command.joined(separator: " "))\" \(status)")
      }
    }
    return []
  }
}
