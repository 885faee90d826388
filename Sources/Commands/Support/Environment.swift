import Glibc

/// The variables a command was started with; tests bring their own.
struct Environment: Sendable {
  private let lookUp: @Sendable (String) -> [UInt8]?

  /// The variables of this process.
  static let process = Environment { name in
    guard let value = getenv(name) else { return nil }
    return Array(UnsafeRawBufferPointer(start: value, count: strlen(value)))
  }

  /// The user's own directory: where HOME isn't set, as the account database has it.
  var home: [UInt8]? {
    if let home = self["HOME"] { return home }
    guard let account = getpwuid(geteuid()), let home = account.pointee.pw_dir else { return nil }
    return Array(UnsafeRawBufferPointer(start: home, count: strlen(home)))
  }

  private init(_ lookUp: @escaping @Sendable (String) -> [UInt8]?) { self.lookUp = lookUp }

  /// Only `variables`.
  init(_ variables: [String: String]) {
    lookUp = { variables[$0].map { Array($0.utf8) } }
  }

  /// Those of the variables that have one of these names.
  func only(_ names: [String]) -> Environment {
    Environment { name in names.contains(name) ? self[name] : nil }
  }

  /// The bytes of the variable `name`; nil when it isn't set or is empty.
  subscript(name: String) -> [UInt8]? {
    guard let value = lookUp(name), !value.isEmpty else { return nil }
    return value
  }
}
