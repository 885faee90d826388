public import Glibc

/// A program that could not be started.
public struct SpawnFailure: Error, CustomStringConvertible {
  /// One line with the program and the reason.
  public let description: String
}

/// Starts a program found on the path. No signal is blocked in it: the threads that tests run on block some, which a child
/// would inherit.
///
/// - Parameters:
///   - environment: its variables; nil for those of this process.
///   - descriptors: what its descriptors are, by number; the others are inherited as they are.
public func spawn(
  _ arguments: [String], environment: [String: String]? = nil, descriptors: [CInt: CInt] = [:]
) throws(SpawnFailure) -> pid_t {
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  for (number, descriptor) in descriptors { posix_spawn_file_actions_adddup2(&actions, descriptor, number) }
  var attributes = posix_spawnattr_t()
  posix_spawnattr_init(&attributes)
  defer { posix_spawnattr_destroy(&attributes) }
  var signals = sigset_t()
  sigemptyset(&signals)
  posix_spawnattr_setsigmask(&attributes, &signals)
  posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
  let pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
  var variables: [UnsafeMutablePointer<CChar>?]? = environment.map { environment in
    environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
  }
  defer { for pointer in pointers + (variables ?? []) { free(pointer) } }
  var process = pid_t()
  let number =
    variables?.withUnsafeMutableBufferPointer {
      posix_spawnp(&process, arguments[0], &actions, &attributes, pointers, $0.baseAddress)
    } ?? posix_spawnp(&process, arguments[0], &actions, &attributes, pointers, environ)
  guard number == 0 else {
    throw SpawnFailure(description: "\(arguments[0]) can't be started: \(String(cString: strerror(number)))")
  }
  return process
}
