import Backend

// Publishes one pack of three equal appends and says what came of it: the program that the tests run under strace, to
// see the system calls of a commit in order and to make them fail or kill it at each of them.
//
// usage: BackendCommit <repository> <name> <bytes per append>
// <repository> is a directory, blockdev:<device>, or new:<directory> for one that is made

do throws(BackendError) {
  let arguments = CommandLine.arguments
  guard arguments.count == 4, let count = Int(arguments[3]) else {
    throw BackendError(code: .invalidName, message: "usage: BackendCommit <repository> <name> <bytes per append>")
  }
  let place = arguments[1].drop { $0 != ":" }.dropFirst()
  let backend: any Backend =
    switch arguments[1].prefix(while: { $0 != ":" }) {
    case "blockdev": try BlockDeviceBackend.open(at: String(place))
    case "new": try LocalBackend.create(at: String(place))
    default: try LocalBackend.open(at: arguments[1])
    }
  let upload = try backend.beginUpload(to: .packs)
  for _ in 0..<3 { try upload.append([UInt8](repeating: 0x46, count: count)) }
  print(try upload.commit(as: ObjectName(.packs, arguments[2])))
} catch {
  print(error.code)
}
