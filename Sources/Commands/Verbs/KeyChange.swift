import ArgumentParser
import Cryptography
import Format
import Repository

struct KeyChange: RepositoryVerb {
  static let configuration = CommandConfiguration(
    commandName: "change", abstract: "Replace the password that opens the repository by another.",
    discussion: "The new key slot has the old one's role. It is stored before the old one is removed.")

  @OptionGroup(title: "Repository") var repository: RepositoryOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "New key slot") var new: NewPasswordOptions

  func run(_ context: CommandContext) throws -> ExitCode {
    try repository.withRepositoryAndPassword(context) { opened, oldPassword in
      let old = try opened.keySlot(openedBy: oldPassword)
      let label = new.label.isEmpty ? old.header.label : new.label
      let password = try new.password()
      let id =
        try Self.slotOfEarlierRun(password, old, opened)
        ?? opened.addKey(
          old.header.role, password: password,
          label: KeySlotLabel(label: label, host: context.hostName, user: context.userName),
          cost: new.cost.cost, now: Timestamp(context.now), replacing: old.id)
      try opened.removeKey(old.id, keeping: password)
      try context.console.result("changed", keySlot: id, old.header.role)
      return .done
    }
  }

  /// The slot that a change to the same password has made before it was cut off.
  private static func slotOfEarlierRun(
    _ password: SecretBytes, _ old: StoredKeySlot, _ repository: Repository
  ) throws(RepositoryError) -> KeySlotID? {
    do throws(RepositoryError) {
      let slot = try repository.keySlot(openedBy: password, besides: old.id)
      return slot.header.role == old.header.role ? slot.id : nil
    } catch {
      guard error.code == .wrongPassword || error.code == .damaged else { throw error }
      return nil
    }
  }
}
