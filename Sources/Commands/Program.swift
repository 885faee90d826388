internal import ArgumentParser
import Glibc

/// The command `firn`.
public enum Program {
  /// Does what the command line says, and exits.
  public static func main() -> Never {
    StandardStreams.open()
    ProcessHardening.apply()
    OpenFileLimit.raise()
    Heap.mapLargeBlocks()
    Interruption.install()
    guard CommandLine.argc > 0 else {
      ErrorReport(
        exitCode: .failed, message: "the command line can't be read, since /proc is not mounted",
        hint: "mount it with \"mount -t proc proc /proc\""
      ).print(asJSON: false)
      exit(ExitCode.failed.rawValue)
    }
    let arguments = LeadingOptions.moved(RawArguments.process)
    var code = ExitCode.done
    do {
      var command = try Firn.parseAsRoot(arguments)
      try command.run()
    } catch {
      code = report(error, asJSON: arguments.prefix { $0 != "--" }.contains("--json"))
    }
    exit(code.rawValue)
  }

  private static func report(_ error: any Error, asJSON: Bool) -> ExitCode {
    // What has been found before the error is worth having.
    try? TextOutput.standard.flush()
    if let outcome = error as? Outcome { return outcome.code }
    switch Firn.exitCode(for: error) {
    case .success:
      do throws(CommandError) {
        try TextOutput.standard.write(Firn.fullMessage(for: error) + "\n")
        try TextOutput.standard.flush()
        return .done
      } catch {
        return error.exitCode
      }
    case .validationFailure:
      let message = Firn.fullMessage(for: error)
      if asJSON {
        ErrorReport(exitCode: .usage, message: Firn.message(for: error), hint: nil).print(asJSON: true)
      } else {
        let text = message.hasPrefix("Error: ") ? String(message.dropFirst(7)) : message
        _ = writeAll(Array("firn: \(text)\n".utf8), to: STDERR_FILENO)
      }
      return .usage
    default:
      let report = ErrorReport(error)
      report.print(asJSON: asJSON)
      return report.exitCode
    }
  }
}
