import Glibc
import TestSupport

/// Runs a program found on the path and waits for it.
///
/// - Returns: What it wrote to its standard output, and its exit status; 128 plus the signal if one ended it; nil if it
///   could not be started.
public func run(_ arguments: [String]) -> (output: String, status: Int32)? {
  var ends: [Int32] = [0, 0]
  guard pipe(&ends) == 0 else { return nil }
  defer { close(ends[0]) }
  // A program started in between inherits the pipe all the same; then the end of the output is seen later, at its end.
  for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }

  let process = try? spawn(arguments, descriptors: [STDOUT_FILENO: ends[1]])
  close(ends[1])
  guard let process else { return nil }

  var output: [UInt8] = []
  var block = [UInt8](repeating: 0, count: 4_096)
  while case let count = read(ends[0], &block, block.count), count > 0 { output += block[..<count] }
  var status: Int32 = 0
  waitpid(process, &status, 0)
  let signal = status & 0x7F
  return (String(decoding: output, as: UTF8.self), signal == 0 ? (status >> 8) & 0xFF : 128 + signal)
}
