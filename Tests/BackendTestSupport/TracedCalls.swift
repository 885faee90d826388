import Testing

/// The system calls that `strace -f -y -o` has written down, without the process that made each.
public func tracedCalls(_ log: String) throws -> [String] {
  let text = try #require(run(["cat", log])).output
  try #require(!text.isEmpty, "strace traced nothing: the tests need it, and the right to trace (CAP_SYS_PTRACE)")
  return text.split(separator: "\n").map { String($0.drop { $0 != " " }.drop { $0 == " " }) }
}
