import Glibc

func fail(_ message: String, code: Int32) -> Never {
  _ = Array("\(message)\n".utf8).withBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
  exit(code)
}

func report(_ arguments: Set<String>) throws -> String {
  let meter = Meter(isSmoke: arguments.contains("--smoke"))
  let loops = try withTemporaryDirectory { directory in
    try ChunkLoops.run(meter) + FrameLoops.run(meter) + IndexLoops.run(meter, directory: directory)
      + TreeLoops.run(meter) + FileLoops.run(meter, directory: directory)
  }
  return arguments.contains("--json") ? Report.json(loops) : Report.table(loops)
}

let arguments = Set(CommandLine.arguments.dropFirst())
guard arguments.isSubset(of: ["--smoke", "--json"]) else { fail("usage: micro [--smoke] [--json]", code: 2) }
do { print(try report(arguments)) } catch { fail("\(error)", code: 1) }
