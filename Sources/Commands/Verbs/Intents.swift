import ArgumentParser
import Format
import Repository

struct Intents: RepositoryVerb {
  static let configuration = CommandConfiguration(
    abstract: "List what is at work on the repository.",
    discussion: """
      Backups, prunes and repairs announce themselves and take the announcement back when they end. One that was cut off \
      leaves its own behind; the next prune sees to it. There is nothing to unlock: no announcement keeps another command \
      from working, and a prune waits only so long.
      """)

  @OptionGroup(title: "Repository") var repository: RepositoryOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  func run(_ context: CommandContext) throws -> ExitCode {
    try repository.withRepository(context) { repository in
      let sessions = try repository.announcedSessions()
      let watch = SessionWatch.process(context)
      guard !context.console.isJSON else {
        var json = JSONWriter()
        json.array { json in sessions.forEach { json.session($0, isDead: $0.isDead(watch)) } }
        json.endLine()
        try json.write(to: context.console.output)
        return .done
      }
      var table = Table([
        .init("ID"), .init("Task"), .init("Since"), .init("Host"), .init("User"), .init("Process", .right),
        .init("State"),
      ])
      for session in sessions {
        guard let intent = session.intent else {
          table.append([String(session.id.hex.prefix(8)), "?", "", "", "", "", "damaged"])
          continue
        }
        table.append([
          String(session.id.hex.prefix(8)), Terminal.escaped(intent.task.name.utf8),
          Display.localTime(Instant(intent.time)), Terminal.escaped(intent.host.utf8),
          Terminal.escaped(intent.user.utf8), String(intent.process),
          session.isDead(watch) ? "dead" : intent.host == context.hostName ? "running" : "on another host",
        ])
      }
      if sessions.isEmpty { context.console.note("nothing is at work") }
      if !sessions.isEmpty { try context.console.output.write(table.rendered()) }
      return .done
    }
  }
}

extension AnnouncedSession {
  fileprivate func isDead(_ watch: SessionWatch) -> Bool { intent.map(watch.isDead) ?? false }

  /// Who it is, in a few words for a person.
  var text: String {
    guard let intent else { return "session \(id.hex.prefix(8)), whose intent is damaged" }
    return Terminal.harmless(
      "\(intent.task.name) by \(intent.user) on \(intent.host), process \(intent.process), since "
        + Display.localTime(Instant(intent.time)))
  }
}

extension JSONWriter {
  /// A session that has announced itself.
  mutating func session(_ session: AnnouncedSession, isDead: Bool? = nil) {
    object { json in
      json.field("id", session.id.hex)
      guard let intent = session.intent else { return json.field("damaged", true) }
      json.field("task", intent.task.name)
      json.field("time", Display.rfc3339(Instant(intent.time)))
      json.field("host", intent.host)
      json.field("user", intent.user)
      json.field("process", intent.process)
      json.field("program", intent.program)
      if let isDead { json.field("dead", isDead) }
    }
  }
}
