import Glibc
import Testing

@testable import Commands

@Suite("schedule")
struct ScheduleTests {
  /// A workshop in which jobs find their password, and a crontab that is a file.
  private func workshop() throws -> Workshop {
    let workshop = try Workshop()
    workshop.environment["FIRN_PASSWORD_FILE"] = try workshop.passwordFile("correct")
    workshop.environment["FIRN_PASSWORD"] = nil
    workshop.environment["XDG_CONFIG_HOME"] = workshop.root + "/config"
    workshop.environment["CRONTAB_FILE"] = workshop.root + "/crontab"
    workshop.environment["PATH"] = workshop.root + "/bin:/usr/bin:/bin"
    try workshop.shell(
      """
      mkdir bin && cat > bin/crontab <<'END' && chmod +x bin/crontab
      #!/bin/sh
      if [ -e "$CRONTAB_FILE.broken" ]; then echo "crontab: can't open the spool" >&2; exit 1; fi
      if [ "$1" != -l ]; then cp "$1" "$CRONTAB_FILE"; exit; fi
      if [ ! -e "$CRONTAB_FILE" ]; then echo "no crontab for somebody" >&2; exit 1; fi
      cat "$CRONTAB_FILE"
      END
      """)
    return workshop
  }

  private func schedule(_ workshop: Workshop, _ verb: String, _ arguments: String...) throws -> CommandResult {
    try BuiltCommand.run(
      ["schedule", verb, "--state-directory", workshop.root + "/state"] + arguments, environment: workshop.environment)
  }

  private func start(_ workshop: Workshop, _ arguments: String...) throws -> RunningCommand {
    try BuiltCommand.start(
      ["schedule", "run", "--state-directory", workshop.root + "/state"] + arguments, environment: workshop.environment)
  }

  /// Installs a job for cron, which must succeed.
  private func install(_ workshop: Workshop, _ options: [String], _ command: [String]) throws {
    let result = try BuiltCommand.run(
      [
        "schedule", "install", "job", "--on", "hourly", "--system", "cron", "--state-directory",
        workshop.root + "/state",
      ]
        + options + ["--"] + command, environment: workshop.environment)
    #expect(result.status == 0, "\(result.errors)")
  }

  /// Has the job installed, and last started, so long ago that much was missed.
  private func setBack(_ workshop: Workshop) throws {
    try workshop.shell("sed -i 's/^installed .*/installed 1700000000/' state/job.job")
    try workshop.shell(
      """
      if [ -e state/job.run ]; then
        sed -i 's/^started .*/started 1700000000/; s/^ended .*/ended 1700000001/' state/job.run
      fi
      """)
  }

  private func snapshots(_ workshop: Workshop) throws -> String {
    try workshop.json(workshop.done("snapshots", "--json"), "len(d[0])")
  }

  @Test("writes units that systemd takes, replaces its own, and leaves those of others alone")
  func units() throws {
    let workshop = try workshop()
    let units = workshop.root + "/units"
    let result = try schedule(
      workshop, "install", "nightly", "--on", "daily 02:30", "--randomized-delay", "30m", "--unit-directory", units,
      "--json", "--", "backup", workshop.tree)
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      try workshop.json(result, "d[0]['files']") == "['\(units)/firn-nightly.service', '\(units)/firn-nightly.timer']")
    #expect(
      try workshop.json(result, "d[0]['remaining']")
        == "['systemctl daemon-reload', 'systemctl enable --now firn-nightly.timer']")
    let verified = try BuiltCommand.run(
      "systemd-analyze",
      ["verify", "--recursive-errors=no", "--man=no"] + ["service", "timer"].map { "\(units)/firn-nightly.\($0)" },
      environment: workshop.environment)
    #expect(verified.status == 0 && verified.errors.isEmpty, "\(verified.errors)")
    #expect(try workshop.shell("cat units/firn-nightly.timer").contains("OnCalendar=*-*-* 02:30:00\n"))
    #expect(try workshop.shell("ls -A units") == "firn-nightly.service\nfirn-nightly.timer\n")

    // The password's place is in the job's file, which is its owner's alone; the password itself is nowhere.
    #expect(
      try workshop.shell("grep -c password units/*.service; grep -rl correct state units || :").contains(
        "password-correct") == false)
    #expect(try workshop.shell("stat -c %a state state/nightly.job") == "700\n600\n")

    _ = try schedule(
      workshop, "install", "nightly", "--on", "Mon..Fri 03:00", "--unit-directory", units, "--", "check")
    #expect(try workshop.shell("cat units/firn-nightly.timer").contains("OnCalendar=Mon..Fri 03:00\n"))
    #expect(try schedule(workshop, "status").status == 0)
    #expect(try schedule(workshop, "status", "nightly", "--json").text.contains("\"next\":\""))
    #expect(try schedule(workshop, "remove", "nightly").status == 0)
    #expect(try workshop.shell("ls -A units state").contains("nightly") == false)

    try workshop.shell("echo '# mine' > units/firn-other.timer")
    let refused = try schedule(
      workshop, "install", "other", "--on", "daily", "--unit-directory", units, "--", "backup", workshop.tree)
    #expect(refused.status == 1)
    #expect(refused.errors.contains("firn-other.timer is not from"))
    #expect(try workshop.shell("cat units/*; ls state") == "# mine\n")
  }

  @Test("keeps a block in the crontab, and all else in it")
  func cron() throws {
    let workshop = try workshop()
    try workshop.shell("printf 'MAILTO=me\\n' > crontab")
    try install(workshop, [], ["backup", workshop.tree])
    try install(workshop, [], ["backup", workshop.tree])
    let lines = try workshop.shell("cat crontab").split(separator: "\n")
    #expect(lines.count == 4)
    #expect(lines[0] == "MAILTO=me")
    #expect(lines[2].hasPrefix("*/5 * * * * '\(BuiltCommand.path)' 'schedule' 'run' 'job' '--if-due'"))
    // What cron would start does what the job says.
    try setBack(workshop)
    // Without a word, which cron would send by mail.
    #expect(try workshop.shell("sh -c \"$(sed -n 's/^\\*.5 . . . . //p' crontab)\" 2>&1").isEmpty)
    #expect(try snapshots(workshop) == "1")
    #expect(try schedule(workshop, "remove", "job").status == 0)
    #expect(try workshop.shell("cat crontab") == "MAILTO=me\n")
    #expect(try schedule(workshop, "remove", "job").status == 1)
  }

  @Test("never takes a crontab that can't be read for an empty one")
  func brokenCron() throws {
    let workshop = try workshop()
    try workshop.shell("printf 'MAILTO=me\\n' > crontab; : > crontab.broken")
    let result = try schedule(
      workshop, "install", "job", "--on", "daily", "--system", "cron", "--", "backup", workshop.tree)
    #expect(result.status == 1)
    #expect(result.errors.contains("can't open the spool"))
    #expect(try workshop.shell("cat crontab; ls state") == "MAILTO=me\n")
  }

  @Test(
    "refuses at once what could not run later",
    arguments: [
      (["--on", "daily 25:00"], ["backup", "/etc"], "no time of day"),
      (["--on", "Mon..Fri 03:00", "--system", "cron"], ["backup", "/etc"], "not for cron"),
      (["--on", "Smallday 03:00", "--unit-directory", "/nowhere"], ["backup", "/etc"], "systemd does not understand"),
      (["--on", "daily"], [], "give the firn command"), (["--on", "daily"], ["frobnicate"], "the job's command"),
      (["--on", "daily"], ["backup"], "nothing to back up"), (["--on", "daily"], ["--help"], "such as"),
      (["--on", "daily"], ["backup", "--stdin"], "no standard input"),
      (["--on", "daily"], ["schedule", "run", "x"], "such as"), (["--on", "daily"], ["backup", "/a\nb"], "line feed"),
      (["--on", "daily"], ["backup", "/etc", "--password-file", "/nowhere/x"], "/nowhere/x"),
      (["--on", "daily", "--randomized-delay", "1d"], ["backup", "/etc"], "less than a day"),
    ])
  func refusals(options: [String], command: [String], text: String) throws {
    let workshop = try workshop()
    let system = options.contains { $0.hasPrefix("--system") || $0.hasPrefix("--unit") } ? [] : ["--system", "cron"]
    let result = try BuiltCommand.run(
      ["schedule", "install", "job", "--state-directory", workshop.root + "/state"] + options + system + ["--"]
        + command,
      environment: workshop.environment)
    #expect([1, 2].contains(result.status) && result.errors.contains(text), "\(result.status): \(result.errors)")
    #expect(try workshop.shell("ls state crontab 2>/dev/null || :").contains("job") == false)
  }

  @Test("writes no password down, and asks for none at night")
  func password() throws {
    let workshop = try workshop()
    workshop.environment["FIRN_PASSWORD_FILE"] = nil
    for password in [nil, "correct"] {
      workshop.environment["FIRN_PASSWORD"] = password
      let result = try schedule(
        workshop, "install", "job", "--on", "daily", "--system", "cron", "--", "backup", workshop.tree)
      #expect(result.status == 2)
      #expect(result.errors.contains("--password-file"))
    }
  }

  @Test("hands every argument on as it was given, and works where it was installed")
  func arguments() throws {
    let workshop = try workshop()
    let name = #"it's "100%" $HOME \t `x` é"#
    try workshop.write("content", to: name)
    let installing = """
      '\(BuiltCommand.path)' schedule install job --on hourly --system cron --state-directory ../state -- \
      backup --tag 'a%b$c' "$NAME"
      """
    workshop.environment["NAME"] = name
    try workshop.shell("cd tree && \(installing)")
    workshop.environment["NAME"] = nil
    let run = try schedule(workshop, "run", "job")
    #expect(run.status == 0, "\(run.errors)")
    #expect(try workshop.done("dump", "latest", "\(workshop.tree)/\(name)").text == "content")
    #expect(try workshop.json(workshop.done("snapshots", "--json"), "d[0][0]['tags']") == "['a%b$c']")
  }

  @Test("makes up for missed runs with one")
  func missed() throws {
    let workshop = try workshop()
    try install(workshop, [], ["backup", workshop.tree])
    #expect(try schedule(workshop, "run", "job", "--if-due").status == 0)
    #expect(try snapshots(workshop) == "0", "a new job is not due before its first time")
    try setBack(workshop)
    let overdue = try schedule(workshop, "status", "--json")
    #expect(overdue.status == 1)
    #expect(try workshop.json(overdue, "d[0][0]['overdue'], d[0][0]['sound']") == "(True, False)")
    for _ in 0..<3 { #expect(try schedule(workshop, "run", "job", "--if-due").status == 0) }
    #expect(try snapshots(workshop) == "1")
    try setBack(workshop)
    for _ in 0..<3 { #expect(try schedule(workshop, "run", "job", "--if-due").status == 0) }
    #expect(try snapshots(workshop) == "2")
    let status = try schedule(workshop, "status", "--json")
    #expect(status.status == 0)
    let fields = "d[0][0]['overdue'], d[0][0]['sound'], d[0][0]['last_exit_code'], d[0][0]['command'][0]"
    #expect(try workshop.json(status, fields) == "(False, True, 0, 'backup')")
  }

  @Test("leaves out what came while the run before was going, also under cron, unless that is to be made up for")
  func leftOut() throws {
    let workshop = try workshop()
    for (overlap, count) in [("skip", "0"), ("wait", "1")] {
      try install(workshop, ["--overlap", overlap], ["backup", workshop.tree])
      try setBack(workshop)
      // The run before went on through the last time, and ended a moment ago.
      try workshop.shell("sed -i 's/^on .*/on monthly/' state/job.job")
      try workshop.shell(
        "printf 'started 1700000000\\nended %s\\nseconds 1\\ncode 0\\n' $(($(date +%s) - 1)) > state/job.run")
      #expect(try schedule(workshop, "status", "--json").status == (overlap == "skip" ? 0 : 1))
      #expect(try schedule(workshop, "run", "job", "--if-due").status == 0)
      #expect(try snapshots(workshop) == count, "\(overlap)")
    }
  }

  @Test("takes a job whose file is damaged away from the system that started it")
  func damagedJob() throws {
    let workshop = try workshop()
    try install(workshop, [], ["backup", workshop.tree])
    #expect(try workshop.shell("cat crontab").contains("firn schedule job"))
    try workshop.shell("echo rubbish > state/job.job")
    let replaced = try schedule(
      workshop, "install", "job", "--on", "hourly", "--unit-directory", workshop.root + "/units", "--", "backup",
      workshop.tree)
    #expect(replaced.status == 0, "\(replaced.errors)")
    #expect(try !workshop.shell("cat crontab").contains("firn schedule job"))
  }

  @Test("takes options before its command, as the command line does")
  func leadingOptions() throws {
    let workshop = try workshop()
    workshop.environment["FIRN_REPOSITORY"] = nil
    try install(workshop, [], ["-r", workshop.repository, "backup", workshop.tree])
    #expect(try schedule(workshop, "run", "job").status == 0)
    workshop.environment["FIRN_REPOSITORY"] = workshop.repository
    #expect(try snapshots(workshop) == "1")
  }

  @Test("passes the exit code on, and remembers it")
  func exitCode() throws {
    let workshop = try workshop()
    try install(workshop, [], ["backup", workshop.tree, workshop.root + "/missing"])
    #expect(try schedule(workshop, "run", "job").status == 3)
    let status = try schedule(workshop, "status")
    #expect(status.status == 1)
    #expect(status.text.contains("failed with exit code 3"))
    try workshop.shell("mv repository elsewhere")
    #expect(try schedule(workshop, "run", "job").status == 10)
    #expect(try schedule(workshop, "status").errors.contains("job: There is no repository at the given place."))
    #expect(try schedule(workshop, "run", "other").status == 1)
    try workshop.shell("echo rubbish > state/broken.job")
    let both = try schedule(workshop, "status")
    #expect(both.status == 1 && both.text.contains("job") && both.errors.contains("broken"), "\(both.errors)")
    let replaced = try schedule(
      workshop, "install", "broken", "--on", "hourly", "--system", "cron", "--", "backup", workshop.tree)
    #expect(replaced.status == 0, "\(replaced.errors)")
    #expect(try schedule(workshop, "status", "broken").status == 0)
  }

  /// A job whose command goes on until it is let go, or for two minutes.
  private let slow = [
    "backup", "--stdin-from-command", "--", "/bin/sh", "-c",
    "echo $$ | tee -a pids; for i in $(seq 1200); do [ -e go ] && break; sleep 0.1; done",
  ]

  private func letGo(_ workshop: Workshop) throws { try workshop.shell(": > go") }

  private func waitForCommand(_ workshop: Workshop) throws {
    try waitUntil { try workshop.shell("ls").contains("pids") }
  }

  private func waitUntil(_ isSo: () throws -> Bool, sourceLocation: SourceLocation = #_sourceLocation) throws {
    for _ in 0..<600 {
      if try isSo() { return }
      usleep(50_000)
    }
    Issue.record("it did not come to that in half a minute", sourceLocation: sourceLocation)
  }

  private func inWorkshop(_ workshop: Workshop, _ options: [String], _ command: [String]) throws {
    try install(workshop, options, command)
    try workshop.shell("sed -i 's|^directory .*|directory \(workshop.root)|' state/job.job")
  }

  @Test("leaves a run out while another is going, with a code of its own")
  func skip() throws {
    let workshop = try workshop()
    try inWorkshop(workshop, [], slow)
    let first = try start(workshop, "job")
    try waitForCommand(workshop)
    let second = try schedule(workshop, "run", "job")
    #expect(second.status == ExitCode.stillRunning.rawValue)
    #expect(second.errors.contains("still running"))
    #expect(try workshop.json(schedule(workshop, "status", "--json"), "d[0][0]['running']") == "True")
    // The timer goes at once: a job that is always running could not be removed otherwise.
    #expect(try schedule(workshop, "remove", "job").status == 11)
    #expect(try !workshop.shell("cat crontab").contains("schedule"))
    try letGo(workshop)
    #expect(try first.wait().status == 0)
    #expect(try snapshots(workshop) == "1")
  }

  @Test("waits for another run if that is wanted, and one that waits is enough")
  func wait() throws {
    let workshop = try workshop()
    try inWorkshop(workshop, ["--overlap", "wait"], slow)
    let first = try start(workshop, "job")
    try waitForCommand(workshop)
    let second = try start(workshop, "job")
    // Whoever waits holds a lock of its own. To try it would be to hold it for a moment.
    try waitUntil {
      try workshop.shell("grep -c \":$(stat -c %i state/job.queue) \" /proc/locks || :").hasPrefix("1")
    }
    #expect(try schedule(workshop, "run", "job").status == ExitCode.stillRunning.rawValue)
    try letGo(workshop)
    #expect(try first.wait().status == 0)
    #expect(try second.wait().status == 0)
    #expect(try snapshots(workshop) == "2")
  }

  @Test("passes signals on and waits for the command's end", arguments: [SIGTERM, SIGINT, SIGHUP, SIGQUIT])
  func signals(number: CInt) throws {
    let workshop = try workshop()
    try inWorkshop(workshop, [], slow)
    let run = try start(workshop, "job")
    try waitForCommand(workshop)
    run.signal(number)
    let result = try run.wait()
    #expect(result.status == 130, "\(result.errors)")
    let status = try schedule(workshop, "status", "--json")
    #expect(try workshop.json(status, "d[0][0]['running'], d[0][0]['last_exit_code']") == "(False, 130)")
    #expect(try snapshots(workshop) == "0")
  }

  @Test("holds the job's lock as long as its command runs, also when it is killed itself")
  func killed() throws {
    let workshop = try workshop()
    try inWorkshop(workshop, [], slow)
    let run = try start(workshop, "job")
    try waitForCommand(workshop)
    run.signal(SIGKILL)
    _ = try run.wait()
    #expect(try schedule(workshop, "run", "job").status == ExitCode.stillRunning.rawValue)
    try letGo(workshop)
    try waitUntil { try !schedule(workshop, "status").text.contains("running") }
    let status = try schedule(workshop, "status")
    #expect(status.status == 1)
    #expect(status.text.contains("cut off"))
  }
}
