import ArgumentParser
import Cryptography
import Format
import Repository

struct KeyList: RepositoryVerb {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List the key slots.")

  @OptionGroup(title: "Repository") var repository: RepositoryOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  func run(_ context: CommandContext) throws -> ExitCode {
    try repository.withRepository(context) { repository in
      let (slots, damaged) = try repository.keySlots()
      for name in damaged { context.console.warning("key slot \(Terminal.escaped(name.utf8)) is damaged") }
      if context.console.isJSON {
        var json = JSONWriter()
        json.array { json in
          for slot in slots { json.keySlot(slot) }
        }
        json.endLine()
        try json.write(to: context.console.output)
      } else {
        try show(slots, context.console)
      }
      return damaged.isEmpty ? .done : .damaged
    }
  }

  private func show(_ slots: [StoredKeySlot], _ console: Console) throws(CommandError) {
    var table = Table([.init("ID"), .init("Role"), .init("Made"), .init("User"), .init("Host"), .init("Label")])
    for slot in slots {
      let header = slot.header
      table.append([
        String(slot.id.hex.prefix(8)), header.role.rawValue, Display.localTime(Instant(header.created)),
        Terminal.escaped(header.user.utf8), Terminal.escaped(header.host.utf8), Terminal.escaped(header.label.utf8),
      ])
    }
    try console.output.write(table.rendered())
  }
}

extension JSONWriter {
  /// A key slot's public header.
  mutating func keySlot(_ slot: StoredKeySlot) {
    object { json in
      json.field("id", slot.id.hex)
      json.field("role", slot.header.role.rawValue)
      json.field("created", Display.rfc3339(Instant(slot.header.created)))
      json.field("user", slot.header.user)
      json.field("host", slot.header.host)
      json.field("label", slot.header.label)
      json.object("kdf") { json in
        json.field("memory", UInt64(slot.header.cost.memory) << 10)
        json.field("passes", slot.header.cost.passes)
        json.field("lanes", slot.header.cost.lanes)
      }
    }
  }
}
