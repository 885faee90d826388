import Glibc

/// The path of a program of this package, which is built where the tests are; nil if it is not there.
public func builtProgram(_ name: String) -> String? {
  guard let own = realpath("/proc/self/exe", nil) else { return nil }
  defer { free(own) }
  var directory = String(cString: own)[...]
  // The tests may run from a bundle inside the build directory.
  while let slash = directory.lastIndex(of: "/") {
    directory = directory[..<slash]
    let candidate = "\(directory)/\(name)"
    if access(candidate, X_OK) == 0 { return candidate }
  }
  return nil
}
