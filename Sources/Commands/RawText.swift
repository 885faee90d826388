import ArgumentParser

/// An argument that may be any bytes: a path, a pattern or a name.
struct RawText: ExpressibleByArgument, Sendable, Hashable {
  let bytes: [UInt8]

  init(_ bytes: some Collection<UInt8>) { self.bytes = Array(bytes) }

  init?(argument: String) {
    bytes = RawArguments.bytes(argument)
  }

  /// As text that is safe on a terminal.
  var escaped: String { Terminal.escaped(bytes) }

  static var defaultCompletionKind: CompletionKind { .file() }
}

extension PercentageArgument: ExpressibleByArgument {
  init?(argument: String) { self.init(argument) }
}

extension SizeArgument: ExpressibleByArgument {
  init?(argument: String) { self.init(argument) }

  var defaultValueDescription: String { Display.size(bytes) }
}
