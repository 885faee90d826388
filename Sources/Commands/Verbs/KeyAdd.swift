import ArgumentParser
import Format
import Repository

struct KeyAdd: RepositoryVerb {
  static let configuration = CommandConfiguration(commandName: "add", abstract: "Add a password.")

  @OptionGroup(title: "Repository") var repository: RepositoryOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "New key slot") var new: NewPasswordOptions

  @Option(help: ArgumentHelp("What the key may do: full, or write to take and list snapshots only.", valueName: "role"))
  var role = RoleArgument.full

  func run(_ context: CommandContext) throws -> ExitCode {
    try repository.withRepository(context) { repository in
      let id = try repository.addKey(
        role.role, password: new.password(),
        label: KeySlotLabel(label: new.label, host: context.hostName, user: context.userName),
        cost: new.cost.cost, now: Timestamp(context.now))
      try context.console.result("added", keySlot: id, role.role)
      return .done
    }
  }
}

/// The role of a key, as the command line names it.
enum RoleArgument: String, ExpressibleByArgument, CaseIterable, Sendable {
  case full, write

  var role: KeyRole {
    switch self {
    case .full: .full
    case .write: .write
    }
  }
}

extension Console {
  /// Says what was done to a key slot.
  func result(_ action: String, keySlot id: KeySlotID, _ role: KeyRole?) throws(CommandError) {
    if isJSON {
      try json { json in
        json.field("message_type", "key_\(action)")
        json.field("id", id.hex)
        if let role { json.field("role", role.rawValue) }
      }
    } else if !isQuiet {
      try print("\(action) key slot \(id.hex.prefix(8))\(role.map { ", role \($0.rawValue)" } ?? "")")
    }
  }
}
