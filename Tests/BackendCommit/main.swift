import Backend

// Publishes one pack of three equal appends and says what came of it: the program that the tests run under strace, to
// see the system calls of a commit in order and to make them fail or kill it at each of them.
//
// usage: BackendCommit <repository> <name> <bytes per append>      <repository> is a directory or blockdev:<device>

do throws(BackendError) {
  let arguments = CommandLine.arguments
  guard arguments.count == 4, let count = Int(arguments[3]) else {
    throw BackendError(code: .invalidName, message: "usage: BackendCommit <repository> <name> <bytes per append>")
  }
  let device = "blockdev:"
  let backend: any Backend =
    try arguments[1].hasPrefix(device)
    ? BlockDeviceBackend.open(at: String(arguments[1].dropFirst(device.count))) : LocalBackend.open(at: arguments[1])
  let upload = try backend.beginUpload(to: .packs)
  for _ in 0..<3 { try upload.append([UInt8](repeating: 0x46, count: count)) }
  print(try upload.commit(as: ObjectName(.packs, arguments[2])))
} catch {
  print(error.code)
}
