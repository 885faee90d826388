/// The texts of a job's two units.
package struct SystemdUnits: Sendable {
  /// The first line of every unit written here; a file without it belongs to somebody else.
  package static let marker = "# Written by \"firn schedule install\"; \"firn schedule remove\" removes it."

  package let job: Job
  let command: TimerCommand
  let scope: SystemdScope
  /// An exit code of firn that is no failure for systemd.
  let skippedCode: Int32

  package init(job: Job, command: TimerCommand, scope: SystemdScope, skippedCode: Int32) {
    self.job = job
    self.command = command
    self.scope = scope
    self.skippedCode = skippedCode
  }

  /// What both units are called, before `.service` and `.timer`.
  package static func name(_ job: JobName) -> String { "firn-\(job)" }

  /// The timer.
  package var timer: String {
    var text = """
      \(Self.marker)
      [Unit]
      Description=Times of the Firn job \(job.name)

      [Timer]
      OnCalendar=\(job.calendar.systemdExpression)

      """
    if let second = job.calendar.systemdSecondExpression {
      text += """
        # On a day on which the clocks skip that time the job runs now; on any other it finds that it isn't due.
        OnCalendar=\(second)

        """
    }
    return text + """
      # A run that was missed because the machine was off is made up for, once.
      Persistent=true
      \(job.randomizedDelay > 0 ? "RandomizedDelaySec=\(job.randomizedDelay)\n" : "")
      [Install]
      WantedBy=timers.target

      """
  }

  /// The service.
  package var service: String {
    """
    \(Self.marker)
    [Unit]
    Description=Firn job \(job.name)
    # A run that is made up for after a start of the machine must find its server.
    Wants=network-online.target
    After=local-fs.target remote-fs.target network-online.target

    [Service]
    Type=oneshot
    # What the job does is in its file in the state directory, as no password belongs in a unit. The colon keeps systemd from replacing $.
    ExecStart=:\(command.words(for: job).map(SystemdQuoting.quoted).joined(separator: " "))
    # The run before had not ended, and this one was left out.
    SuccessExitStatus=\(skippedCode)
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
    \(hardening)
    """
  }

  /// What fits a program that must read every file and write to the repository wherever it is. So nothing here hides,
  /// empties or write-protects a path (ProtectSystem, ProtectHome, PrivateTmp, PrivateDevices, ProtectKernelModules), and
  /// set-uid bits may be restored (no RestrictSUIDSGID).
  private var hardening: String {
    var lines = [
      "# Nothing that is started may gain privileges.", "NoNewPrivileges=true",
      "# Only system calls of this machine's own kind.", "SystemCallArchitectures=native",
      "# No execution domains of other systems, and no real-time priority.", "LockPersonality=true",
      "RestrictRealtime=true",
    ]
    if !startsOtherPrograms {
      lines += [
        "# firn makes neither code nor namespaces.", "MemoryDenyWriteExecute=true", "RestrictNamespaces=true",
      ]
    }
    if scope == .system {
      lines += [
        "# Root may read and write all files, but not change the kernel, the clock or the network.",
        "CapabilityBoundingSet=~CAP_SYS_MODULE CAP_SYS_BOOT CAP_SYS_TIME CAP_SYS_RAWIO CAP_NET_ADMIN",
        "# Control groups may be read, and are not changed.", "ProtectControlGroups=true",
      ]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// A program that firn starts may need what firn itself does not.
  private var startsOtherPrograms: Bool {
    let variables = ["FIRN_PASSWORD_COMMAND=", "FIRN_TO_PASSWORD_COMMAND="]
    let options = ["--stdin-from-command", "--password-command", "--to-password-command"]
    return job.variables.contains { variable in variables.contains { variable.starts(with: $0.utf8) } }
      || job.arguments.contains { argument in options.contains { argument.starts(with: $0.utf8) } }
  }
}
