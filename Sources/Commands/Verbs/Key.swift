import ArgumentParser

struct Key: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List, add, remove and change the passwords of the repository.",
    discussion: """
      Every password has a key slot of its own. A key with the role "full" can do everything; one with the role "write" can \
      take snapshots and list them, and can't read files or their names.
      """,
    subcommands: [KeyList.self, KeyAdd.self, KeyRemove.self, KeyChange.self])
}
