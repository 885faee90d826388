import Glibc

/// Where the user's state is kept: what firn must know later, and can't find out again.
enum StateDirectory {
  static let variable = "FIRN_STATE_DIR"

  /// The absolute path: `$FIRN_STATE_DIR`, or `/var/lib/firn` for root, `$XDG_STATE_HOME/firn` for others.
  static func path(_ environment: Environment) throws(CommandError) -> [UInt8] {
    if let path = environment[variable] { return try absolutePath(path) }
    if geteuid() == 0 { return Array("/var/lib/firn".utf8) }
    // As the base directory specification asks, a relative path counts for nothing.
    if let home = environment["XDG_STATE_HOME"], home.first == UInt8(ascii: "/") { return home + Array("/firn".utf8) }
    if let home = environment.home { return home + Array("/.local/state/firn".utf8) }
    throw CommandError(.usage, "no place for what firn must remember: set HOME or \(variable)")
  }
}
