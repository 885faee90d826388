import Glibc

/// One entry of a directory as it is listed.
public struct DirectoryEntry: Sendable {
  /// The name.
  public let name: FileName
  /// The inode number. On a mount point this is the covered directory's, not the one `status(of:)` gives.
  public let inode: UInt64
  /// The type, `.unknown` where the file system doesn't list types.
  public let type: FileType

  /// An entry that was not listed but named.
  public init(name: FileName, inode: UInt64 = 0, type: FileType = .unknown) {
    self.name = name
    self.inode = inode
    self.type = type
  }
}

/// Lists directories, with one buffer for all of them. Each thread has its own reader.
public struct DirectoryReader: ~Copyable {
  private let buffer: UnsafeMutableRawBufferPointer

  /// A reader whose buffer takes `capacity` bytes of entries (some 30 to 40 bytes each) per system call.
  public init(capacity: Int = 128 * 1024) {
    // The longest entry is 280 bytes; below that the kernel could return none.
    precondition(capacity >= 4096, "a buffer too small for names")
    buffer = .allocate(byteCount: capacity, alignment: 16)
  }

  deinit {
    buffer.deallocate()
  }

  /// All entries of `directory` in the file system's order, without `.` and `..`.
  ///
  /// The position in a listing is kept by the kernel in the open directory: two threads must not list the same `Directory`
  /// object at one time. `Directory.reopened()` gives one of them its own.
  public mutating func entries(of directory: Directory) throws(FileSystemError) -> [DirectoryEntry] {
    var entries: [DirectoryEntry] = []
    try directory.check(SystemCall.lseek(directory.rawDescriptor, 0, SEEK_SET), "lseek")
    while true {
      let count = try directory.check(SystemCall.getdents64(directory.rawDescriptor, buffer), "getdents64")
      if count == 0 { return entries }
      Self.parse(UnsafeRawBufferPointer(rebasing: buffer[..<count]), into: &entries)
    }
  }

  /// Layout of a record: inode (8 bytes), position (8), length of the record (2), type (1), name, NUL, padding.
  private static func parse(_ records: UnsafeRawBufferPointer, into entries: inout [DirectoryEntry]) {
    let nameOffset = 19
    var position = 0
    while position < records.count {
      let length = Int(records.loadUnaligned(fromByteOffset: position + 16, as: UInt16.self))
      precondition(length > nameOffset && position + length <= records.count, "a malformed listing from the kernel")
      let record = UnsafeRawBufferPointer(rebasing: records[position..<position + length])
      position += length
      let field = UnsafeRawBufferPointer(rebasing: record[nameOffset...])
      let name = UnsafeRawBufferPointer(rebasing: field[..<nameLength(field)])
      if isSelfOrParent(name) { continue }
      entries.append(
        DirectoryEntry(
          name: FileName(listed: name), inode: record.loadUnaligned(as: UInt64.self),
          type: FileType(listed: record[18])))
    }
  }

  @inline(__always)
  private static func nameLength(_ field: UnsafeRawBufferPointer) -> Int {
    guard let base = field.baseAddress else { return 0 }
    return strnlen(base.assumingMemoryBound(to: CChar.self), field.count)
  }

  @inline(__always)
  private static func isSelfOrParent(_ name: UnsafeRawBufferPointer) -> Bool {
    let dot = UInt8(ascii: ".")
    return name.count <= 2 && name.allSatisfy { $0 == dot }
  }
}

extension Directory {
  /// All entries, without `.` and `..`. For one listing; a walk keeps a `DirectoryReader`.
  public func entries() throws(FileSystemError) -> [DirectoryEntry] {
    var reader = DirectoryReader(capacity: 64 * 1024)
    return try reader.entries(of: self)
  }
}
