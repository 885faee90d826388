import Glibc

let usage = """
  usage: scale fill REPOSITORY CACHE IDS COUNT    a repository of so many tiny chunks, and some of their ids
         scale refresh REPOSITORY CACHE           opens it and brings the cached index up to date, from nothing at first
         scale look-up REPOSITORY CACHE IDS       chunks that are there, and as many that are not
  """

func fail(_ message: String, code: Int32) -> Never {
  _ = Array("\(message)\n".utf8).withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
  exit(code)
}

/// What a piece of work took, by name.
func figures(_ arguments: [String]) throws -> [(name: String, value: Double)] {
  switch (arguments.first, arguments.count) {
  case ("fill", 5):
    guard let count = Int(arguments[4]), count > 0 else { fail(usage, code: 2) }
    return try Filling.run(place: Place(arguments[1], arguments[2]), ids: arguments[3], count: count)
  case ("refresh", 3): return try Opening.refresh(Place(arguments[1], arguments[2]))
  case ("look-up", 4): return try Opening.lookUp(Place(arguments[1], arguments[2]), ids: arguments[3])
  default: fail(usage, code: 2)
  }
}

do {
  let members = try figures(Array(CommandLine.arguments.dropFirst())).map { "\"\($0.name)\": \($0.value)" }
  print("{\(members.joined(separator: ", "))}")
} catch {
  fail("\(error)", code: 1)
}
