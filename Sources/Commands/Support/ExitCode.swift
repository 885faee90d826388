/// What the exit status of `firn` tells. This is the only table of them; help texts and documentation print it.
enum ExitCode: Int32, CaseIterable, Sendable {
  case done = 0
  case failed = 1
  case usage = 2
  case incomplete = 3
  case noRepository = 10
  case busy = 11
  case wrongPassword = 12
  case damaged = 13
  case noSpace = 14
  case stillRunning = 15
  case unreachable = 16
  case volume = 17
  case interrupted = 130

  /// One sentence for people.
  var meaning: String {
    switch self {
    case .done: "Everything that was asked for is done."
    case .failed: "The command failed; the message says why."
    case .usage: "The command line or a setting is wrong; nothing was done."
    case .incomplete:
      "Done, but some files could not be read or restored, or changed while they were read; each was reported."
    case .noRepository: "There is no repository at the given place."
    case .busy: "Another process holds what this command needs; try again later."
    case .wrongPassword: "No key of the repository opens with this password."
    case .damaged: "The repository is damaged: something in it is missing or not what was written."
    case .noSpace: "There is no space left where something had to be written."
    case .stillRunning: "The scheduled job's previous run has not ended; this one was left out."
    case .unreachable:
      "The repository's server can't be reached, is not known to be the right one, lets nobody in, or can't be used as it is set up."
    case .volume:
      "The volume that the repository belongs on is not mounted, is another one, or can't be written to; nothing more was written."
    case .interrupted: "A signal ended the command; running it again resumes."
    }
  }

  /// All codes, one line each, with numbers aligned.
  static var table: String {
    var table = Table([.init("code", .right), .init("meaning")])
    for code in allCases { table.append([String(code.rawValue), code.meaning]) }
    return table.rendered(withTitles: false)
  }
}
