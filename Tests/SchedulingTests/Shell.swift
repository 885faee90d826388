import Glibc

/// Runs a shell script: its output and exit status.
func shell(_ script: String) -> (text: String, bytes: [UInt8], status: Int32) {
  guard let pipe = popen(script, "re") else { return ("", [], -1) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 65536)
  while true {
    let count = fread(&buffer, 1, buffer.count, pipe)
    guard count > 0 else { break }
    bytes += buffer[..<count]
  }
  let status = pclose(pipe)
  return (String(decoding: bytes, as: UTF8.self), bytes, status & 0x7F == 0 ? status >> 8 & 0xFF : -1)
}
