import ArgumentParser
import Cryptography

/// Where the password of a new key slot comes from.
struct NewPasswordOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Read the new password from a file (default: a prompt).", valueName: "file"),
    completion: .file(), transform: PlainText.argument)
  var newPasswordFile: String?

  @Option(
    help: ArgumentHelp("Take the first line that a shell command prints as the new password.", valueName: "command"))
  var newPasswordCommand: String?

  @Option(help: ArgumentHelp("What the new key slot is called.", valueName: "text"))
  var label = ""

  @OptionGroup var cost: KeyCost

  func validate() throws {
    if newPasswordFile != nil, newPasswordCommand != nil {
      throw ValidationError("give --new-password-file or --new-password-command, not both")
    }
  }

  /// The new password. The variables of the environment are about the old one, so they count for nothing here.
  func password() throws(CommandError) -> SecretBytes {
    let source = try PasswordSource(
      file: newPasswordFile, command: newPasswordCommand, environment: Environment([:]))
    return try source.password("New password: ", isNew: true).withBytes { SecretBytes(copying: $0) }
  }
}
