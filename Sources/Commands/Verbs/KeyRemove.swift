import ArgumentParser
import Format
import Repository

struct KeyRemove: RepositoryVerb {
  static let configuration = CommandConfiguration(
    commandName: "remove", abstract: "Remove a password.",
    discussion: """
      One with the role "full" is removed with the password of another such slot: so the last one that opens can't be.
      """)

  @OptionGroup(title: "Repository") var repository: RepositoryOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  @Argument(help: ArgumentHelp("The key slot's id or the start of it; see \"firn key list\".", valueName: "id"))
  var id: String

  func run(_ context: CommandContext) throws -> ExitCode {
    try repository.withRepository(context) { repository in
      let slot = try repository.keySlot(named: id)
      try repository.removeKey(slot.id)
      try context.console.result("removed", keySlot: slot.id, slot.header.role)
      return .done
    }
  }
}

extension Repository {
  /// The key slot whose id starts with `prefix`.
  func keySlot(named prefix: String) throws -> StoredKeySlot {
    let isMeant = { (hex: String) in !prefix.isEmpty && hex.hasPrefix(prefix.lowercased()) }
    let all = try keySlots()
    let slots = all.slots.filter { isMeant($0.id.hex) }
    guard let first = slots.first else {
      if let name = all.damaged.first(where: isMeant) {
        throw CommandError(.damaged, "key slot \(Terminal.escaped(name.utf8)) can't be read")
      }
      throw CommandError(.failed, "there is no key slot \(Terminal.escaped(prefix.utf8))")
    }
    guard slots.count == 1 else {
      throw CommandError(.usage, "\(prefix) is the start of \(slots.count) key slot ids; give more digits")
    }
    return first
  }
}
