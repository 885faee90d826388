import ArgumentParser
import Backend
import BackendTestSupport
import Testing

@testable import Commands

@Suite("Limits of the rate")
struct TransferLimitTests {
  private func limits(_ options: [String], _ variables: [String: String] = [:]) throws -> TransferLimits {
    try TransferLimits(RepositoryOptions.parse(options), environment: Environment(variables))
  }

  @Test(
    "are numbers of KiB a second as restic's are, or sizes with a unit",
    arguments: [
      ("1", UInt64(1024)), ("500", 512_000), ("1.5", 1536), ("2MiB", 2 << 20), ("2m", 2 << 20), ("2MB", 2_000_000),
      ("4096B", 4096), ("1.5K", 1536), ("1T", 1 << 40), ("1073741824", 1 << 40),
    ])
  func rates(text: String, bytesPerSecond: UInt64) {
    #expect(RateArgument(text)?.rate.bytesPerSecond == bytesPerSecond)
  }

  @Test(
    "are refused where they are none, with 2 and what they could be",
    arguments: ["0", "0M", "500B", "0.5", "1073741825", "2T", "99999999999999999999", "fast", "2M/s", " 1"])
  func refusals(text: String) throws {
    let workshop = try Workshop(initializing: false)
    for verb in ["init", "snapshots"] {
      var results = try ["--limit-upload", "--limit-download"].map { try workshop.firn(verb, $0, text) }
      for variable in [TransferLimits.uploadVariable, TransferLimits.downloadVariable] {
        workshop.environment[variable] = text
        results.append(try workshop.firn(verb))
        #expect(results.last?.errors.contains(variable) == true)
        workshop.environment[variable] = nil
      }
      for result in results {
        #expect(result.status == 2, "\(verb): \(result.errors)")
        #expect(result.errors.contains("\"\(text)\" is no rate: give a number of KiB a second"), "\(result.errors)")
        #expect(result.errors.contains("from 1.0 KiB to 1.0 TiB"))
      }
    }
    #expect(try workshop.shell("ls") == "tree\n", "nothing is made")
  }

  @Test("come from the environment where no option says otherwise")
  func environment() throws {
    let variables = [TransferLimits.uploadVariable: "10", TransferLimits.downloadVariable: "20"]
    let both = try limits([], variables)
    #expect(both.upload?.bytesPerSecond == 10 << 10)
    #expect(both.download?.bytesPerSecond == 20 << 10)
    let one = try limits(["--limit-upload", "1M"], variables)
    #expect(one.upload?.bytesPerSecond == 1 << 20)
    #expect(one.download?.bytesPerSecond == 20 << 10)
  }

  @Test("cost nothing where there are none")
  func none() throws {
    let memory = InMemoryBackend()
    let backend = try limits([]).limiting(memory, clock: VirtualClock().rateClock)
    #expect(backend as AnyObject === memory)
  }

  @Test("hold for what goes to the repository and for what comes from it")
  func directions() throws {
    let clock = VirtualClock()
    let limits = try limits(["--limit-upload", "100", "--limit-download", "1000"])
    let backend = limits.limiting(InMemoryBackend(), clock: clock.rateClock)
    let name = try ObjectName(.packs, "aa")
    try backend.put(name, [UInt8](repeating: 1, count: 1025 << 10))
    #expect(clock.elapsed == .seconds(10))
    _ = try backend.bytes(of: name, at: 0, count: 1000 << 10)
    #expect(clock.elapsed == .seconds(10) + .milliseconds(750))
  }

  /// The length of the longest of these system calls of a program on files whose path contains `path`.
  private func longest(
    _ call: String, on path: String, _ workshop: Workshop, _ program: [String]
  ) throws -> Int {
    let log = workshop.root + "/calls"
    let result = try BuiltCommand.run(
      "strace", ["-f", "-y", "-qq", "-s", "0", "-e", "trace=\(call)", "-o", log] + program,
      environment: workshop.environment)
    #expect(result.status == 0, "\(result.errors)")
    let lines = try workshop.shell("cat calls").split(separator: "\n").filter { $0.contains(path) }
    return lines.compactMap { line in line.split(separator: " ").last.flatMap { Int($0) } }.max() ?? 0
  }

  @Test("let a command's bytes through in pieces of a quarter of a second")
  func command() throws {
    let workshop = try Workshop()
    try workshop.shell("head -c 300000 /dev/urandom > tree/a; head -c 300000 /dev/urandom > tree/b")
    func longestWrite(_ arguments: String...) throws -> Int {
      try longest("write", on: "/repository/tmp/", workshop, [BuiltCommand.path, "backup"] + arguments)
    }
    func longestRead(_ arguments: String...) throws -> Int {
      try longest(
        "pread64", on: "/repository/packs/", workshop,
        [BuiltCommand.path, "check", "--read-data", "--no-cache"] + arguments)
    }
    #expect(try longestWrite(workshop.tree + "/a") > 200_000)
    #expect(try longestWrite(workshop.tree + "/b", "--limit-upload", "400") == 100 << 10)
    #expect(try longestRead() > 200_000)
    #expect(try longestRead("--limit-download", "400") == 100 << 10)
  }

  @Test("are those of a scheduled job, whether they were given as options or set when it was installed")
  func schedule() throws {
    let workshop = try Workshop()
    workshop.environment["FIRN_PASSWORD_FILE"] = try workshop.passwordFile("correct")
    workshop.environment["FIRN_PASSWORD"] = nil
    func schedule(_ verb: String, _ arguments: String...) -> [String] {
      ["schedule", verb, "--state-directory", workshop.root + "/state"] + arguments
    }
    func install(_ name: String, _ options: String...) throws -> CommandResult {
      try BuiltCommand.run(
        schedule("install", name, "--on", "daily", "--unit-directory", workshop.root + "/units", "--", "backup")
          + options + ["\(workshop.tree)/\(name)"], environment: workshop.environment)
    }
    try workshop.shell("head -c 300000 /dev/urandom > tree/option; head -c 300000 /dev/urandom > tree/variable")
    #expect(try install("option", "--limit-upload", "400").status == 0)
    workshop.environment[TransferLimits.uploadVariable] = "800"
    #expect(try install("variable").status == 0)
    workshop.environment[TransferLimits.uploadVariable] = "0"
    let refused = try install("wrong")
    #expect(refused.status == 2)
    #expect(refused.errors.contains(TransferLimits.uploadVariable))
    #expect(try install("wrong", "--limit-download", "0").status == 2)
    workshop.environment[TransferLimits.uploadVariable] = nil
    for (name, piece) in [("option", 100 << 10), ("variable", 200 << 10)] {
      let run = [BuiltCommand.path] + schedule("run", name)
      #expect(try longest("write", on: "/repository/tmp/", workshop, run) == piece, "\(name)")
    }
  }
}
