extension Job {
  /// The job as a file.
  package var file: [UInt8] {
    var record = LineRecord()
    record.append("on", calendarText)
    record.append("system", system.name)
    if case .systemd(_, let unitDirectory) = system { record.append("units", unitDirectory) }
    record.append("overlap", overlap.rawValue)
    record.append("randomized-delay", String(randomizedDelay))
    record.append("installed", String(installed))
    record.append("directory", directory)
    for variable in variables { record.append("variable", variable) }
    for argument in arguments { record.append("argument", argument) }
    return record.bytes(title: "A job of \"firn schedule\"; install it anew to change it.")
  }

  /// Reads a file that `file` wrote.
  package init(name: JobName, file: [UInt8]) throws(SchedulingError) {
    guard let record = LineRecord(file), let calendar = record.text("on"),
      let system = TimerSystem(record.text("system"), units: record.values("units").first),
      let overlap = record.text("overlap").flatMap(Overlap.init), let delay = record.number("randomized-delay"),
      let installed = record.number("installed"), let directory = record.values("directory").first
    else { throw SchedulingError("the file of job \(name) is damaged; install the job anew") }
    try self.init(
      name: name, on: calendar, system: system, overlap: overlap, randomizedDelay: delay, installed: installed,
      directory: directory, variables: record.values("variable"), arguments: record.values("argument"))
  }
}

extension TimerSystem {
  fileprivate init?(_ name: String?, units: [UInt8]?) {
    switch (name, units) {
    case ("cron", _): self = .cron
    case ("systemd", let units?): self = .systemd(.system, unitDirectory: units)
    case ("systemd-user", let units?): self = .systemd(.user, unitDirectory: units)
    default: return nil
    }
  }
}
