import CRaw
import FileSystem

/// Listing directories and reading small files.
enum FileLoops {
  static func run(_ meter: Meter, directory path: String) throws -> [Loop] {
    let directories = meter.amount(50, smoke: 2)
    let files = meter.amount(100, smoke: 3)
    let length = 4096
    guard let root = PathBytes(path) else { throw RawFailure("the directory's path") }
    let top = try Directory(at: root)
    let names = (0..<directories).compactMap { FileName("d\($0)") }
    let fileNames = (0..<files).compactMap { FileName("file-\($0).txt") }
    let content = [UInt8](repeating: 7, count: length)
    for name in names {
      try top.createDirectory(name)
      let inside = try top.openDirectory(name)
      for name in fileNames {
        let file = try inside.createFile(name)
        try content.withBytes { try file.write($0) }
        try file.close()
      }
    }
    var reader = DirectoryReader()
    var count = 0
    let walking = try meter.rate(directories * files) {
      for name in names {
        let inside = try top.openDirectory(name)
        for entry in try reader.entries(of: inside) {
          count &+= Int(try inside.status(of: entry.name).size)
        }
      }
    }
    let rawWalking = meter.rate(directories * files) {
      for name in names { count &+= name.withCString { craw_walk(top.rawDescriptor, $0) } }
    }
    let inside = try top.openDirectory(names[0])
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * length, alignment: 64)
    defer { buffer.deallocate() }
    let reading = try meter.rate(files) {
      for name in fileNames {
        let file = try inside.openFile(name)
        count &+= try file.read(into: buffer)
      }
    }
    let rawReading = meter.rate(files) {
      for name in fileNames {
        count &+= name.withCString { craw_read(inside.rawDescriptor, $0, buffer.baseAddress, buffer.count) }
      }
    }
    try RawFailure.check(count > 0, "reading")
    return [
      Loop("walk: an entry and its status", .operations, walking, limit: "getdents64, statx", rawWalking),
      Loop("open, status, read, close 4 KiB", .operations, reading, limit: "openat, read, close", rawReading),
    ]
  }
}
