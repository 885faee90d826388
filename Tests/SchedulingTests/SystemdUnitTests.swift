import Glibc
import TestSupport
import Testing

@testable import Scheduling

@Suite("Units of systemd")
struct SystemdUnitTests {
  private func units(_ job: Job, _ scope: SystemdScope = .system) throws -> SystemdUnits {
    SystemdUnits(job: job, command: try .sample(), scope: scope, skippedCode: 15)
  }

  @Test("have a timer like this")
  func timer() throws {
    let text = try units(.sample(delay: 1800)).timer
    #expect(
      text == """
        # Written by "firn schedule install"; "firn schedule remove" removes it.
        [Unit]
        Description=Times of the Firn job nightly

        [Timer]
        OnCalendar=*-*-* 02:30:00
        # On a day on which the clocks skip that time the job runs now; on any other it finds that it isn't due.
        OnCalendar=*-*-* 03:30:00
        # A run that was missed because the machine was off is made up for, once.
        Persistent=true
        RandomizedDelaySec=1800

        [Install]
        WantedBy=timers.target

        """)
    #expect(try units(.sample(on: "hourly")).timer.contains("RandomizedDelaySec") == false)
  }

  @Test("have a service like this")
  func service() throws {
    let text = try units(.sample(system: .systemd(.system, unitDirectory: []))).service
    #expect(
      text == """
        # Written by "firn schedule install"; "firn schedule remove" removes it.
        [Unit]
        Description=Firn job nightly
        # A run that is made up for after a start of the machine must find its server.
        Wants=network-online.target
        After=local-fs.target remote-fs.target network-online.target

        [Service]
        Type=oneshot
        # What the job does is in its file in the state directory, as no password belongs in a unit. The colon keeps systemd from replacing $.
        ExecStart=:/usr/bin/firn schedule run nightly --if-due --state-directory /var/lib/firn
        # The run before had not ended, and this one was left out.
        SuccessExitStatus=15
        # firn passes a signal on to the command and waits for it to end in order.
        KillMode=mixed
        TimeoutStopSec=5min
        # Whoever works on the machine goes first.
        Nice=10
        IOSchedulingClass=idle
        # The cache has a place of its own, also where HOME is not set.
        CacheDirectory=firn
        CacheDirectoryMode=0700
        Environment=FIRN_CACHE_DIR=%C/firn
        # What is written is for nobody else.
        UMask=0077
        # Nothing that is started may gain privileges.
        NoNewPrivileges=true
        # Only system calls of this machine's own kind.
        SystemCallArchitectures=native
        # No execution domains of other systems, and no real-time priority.
        LockPersonality=true
        RestrictRealtime=true
        # firn makes neither code nor namespaces.
        MemoryDenyWriteExecute=true
        RestrictNamespaces=true
        # Root may read and write all files, but not change the kernel, the clock or the network.
        CapabilityBoundingSet=~CAP_SYS_MODULE CAP_SYS_BOOT CAP_SYS_TIME CAP_SYS_RAWIO CAP_NET_ADMIN
        # Control groups may be read, and are not changed.
        ProtectControlGroups=true

        """)
  }

  @Test("leave other programs alone, and what only root's manager can do to it")
  func exceptions() throws {
    let dump = try units(.sample(arguments: ["backup", "--stdin-from-command", "--", "x"].map { Array($0.utf8) }))
      .service
    #expect(!dump.contains("MemoryDenyWriteExecute") && dump.contains("NoNewPrivileges"))
    let asking = try units(.sample(variables: [Array("FIRN_PASSWORD_COMMAND=pass".utf8)])).service
    #expect(!asking.contains("MemoryDenyWriteExecute"))
    let user = try units(.sample(), .user).service
    #expect(!user.contains("Capability") && !user.contains("ProtectControlGroups"))
    #expect(
      try units(.sample(on: "Mon..Fri 03:00", system: .systemd(.user, unitDirectory: []))).service.contains(
        "run nightly --state"))
  }

  @Test("hide no path from a backup")
  func readsEverything() throws {
    let text = try units(.sample()).service
    for directive in [
      "ProtectSystem", "ProtectHome", "PrivateTmp", "PrivateDevices", "ProtectKernelModules", "ProtectClock",
      "InaccessiblePaths",
    ] {
      #expect(!text.contains("\n\(directive)="))
    }
  }

  @Test("are what systemd takes", arguments: [SystemdScope.system, .user])
  func verified(scope: SystemdScope) throws {
    let directory = TemporaryDirectory()
    let job = try Job.sample(system: .systemd(scope, unitDirectory: []), delay: 600)
    let command = try TimerCommand(program: Array("/bin/true".utf8), stateDirectory: Array("/a b/%d$X".utf8))
    let units = SystemdUnits(job: job, command: command, scope: scope, skippedCode: 15)
    try write(units.service, to: directory.path + "/firn-nightly.service")
    try write(units.timer, to: directory.path + "/firn-nightly.timer")
    let option = scope == .user ? "--user" : "--system"
    let result = shell(
      "cd '\(directory.path)' && XDG_RUNTIME_DIR=$PWD systemd-analyze verify \(option) --man=no --recursive-errors=no ./firn-nightly.service ./firn-nightly.timer 2>&1"
    )
    #expect(result.status == 0)
    #expect(result.text.isEmpty, "\(result.text)")
  }

  @Test("are refused for programs that systemd can't start")
  func program() {
    for path in [#"/a"b"#, "/a'b", #"/a\b"#, "/a\nb"] {
      #expect(throws: SchedulingError.self) {
        try TimerCommand(program: Array(path.utf8), stateDirectory: [])
      }
    }
  }

  @Test("carry every word as it is: systemd itself says how it read them")
  func quoting() throws {
    let special = Array(#"ab'"\%$`*;#{} x0n$${A}%n%%:@-+!"#.utf8) + [0x09, 0x07, 0x0D, 0x7F, 0xFF]
    var generator = SeededGenerator(seed: 7)
    let words =
      [[], Array(";".utf8), Array("ä %i €".utf8), [0xC3], Array("$HOME".utf8), Array("${HOME}".utf8)]
      + (0..<400).map { _ in
        (0..<generator.below(10)).map { _ in special[generator.below(special.count)] }
      }
    let directory = TemporaryDirectory()
    let line = words.map(SystemdQuoting.quoted).joined(separator: " ")
    try write("[Service]\nExecStart=:/bin/echo \(line)\n", to: directory.path + "/words.service")
    // In its test mode systemd reads units, prints what it understood, and ends. It does not do that for root.
    let result = shell(
      """
      cd '\(directory.path)' && mkdir run && run=
      if [ "$(id -u)" = 0 ]; then chown -R 65534 . && run='setpriv --reuid=65534 --regid=65534 --clear-groups'; fi
      HOME=$PWD/run XDG_RUNTIME_DIR=$PWD/run SYSTEMD_UNIT_PATH=$PWD: SYSTEMD_COLORS=0 SYSTEMD_PAGER= \
      $run /lib/systemd/systemd --test --user --unit=words.service 2>&1 | grep -a -o 'Command Line: /bin/echo.*'
      """)
    let prefix = Array("Command Line: /bin/echo ".utf8)
    let found = try #require(result.bytes.starts(with: prefix) ? result.bytes.dropFirst(prefix.count) : nil)
    let read = Self.words(Array(found.split(separator: 0x0A)[0]))
    #expect(read.count == words.count)
    for (read, word) in zip(read, words) { #expect(read == word) }
  }

  /// Splits the words that systemd prints: bare, or in double quotes with the escapes of C.
  private static func words(_ line: [UInt8]) -> [[UInt8]] {
    var words: [[UInt8]] = []
    var rest = line[...]
    while let first = rest.first {
      var word: [UInt8] = []
      if first == UInt8(ascii: "\"") {
        rest.removeFirst()
        while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
          word.append(byte == UInt8(ascii: "\\") ? escape(&rest) : byte)
        }
      } else {
        word = Array(rest.prefix { $0 != 0x20 })
        rest.removeFirst(word.count)
      }
      words.append(word)
      if rest.first == 0x20 { rest.removeFirst() }
    }
    return words
  }

  private static func escape(_ rest: inout ArraySlice<UInt8>) -> UInt8 {
    if let octal = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8), rest.count >= 3 {
      rest.removeFirst(3)
      return octal
    }
    let letters: [UInt8: UInt8] = [0x61: 7, 0x62: 8, 0x66: 12, 0x6E: 10, 0x72: 13, 0x74: 9, 0x76: 11]
    let letter = rest.removeFirst()
    return letters[letter] ?? letter
  }

  private func write(_ text: String, to path: String) throws {
    let file = try #require(fopen(path, "w"))
    fputs(text, file)
    fclose(file)
  }
}
