import Format
public import Repository

/// Writes directories of a snapshot as a tar stream in the pax format, which GNU tar and bsdtar read. For one thread.
///
/// Names, owners, times to the nanosecond, extended attributes (as `SCHILY.xattr.*`), access control lists (as
/// `SCHILY.acl.*`), hard links, devices and FIFOs are kept.
/// Holes are written as zeros. Sockets, which tar can't hold, are passed over and counted.
public struct TarWriter {
  /// Takes the stream's bytes in order; they are valid during the call only.
  public typealias Sink = (UnsafeRawBufferPointer) throws(SnapshotsError) -> Void

  /// How many sockets were passed over.
  public private(set) var socketsPassedOver = 0
  private let trees: TreeReader
  private let content: ContentReader
  private let sink: Sink
  private var hardLinks = HardLinks<[UInt8]>()
  private static let zeros = [UInt8](repeating: 0, count: 64 << 10)

  /// A writer that reads through the two readers and hands the stream to `sink`.
  public init(trees: TreeReader, chunks: ChunkReader, sink: @escaping Sink) {
    self.trees = trees
    content = ContentReader(chunks: chunks)
    self.sink = sink
  }

  /// Writes what stands at `location`: a directory's entries with names relative to it, or a single entry; then the end
  /// of the archive.
  ///
  /// - Throws: `.damaged` naming what can't be read. The stream is incomplete then, since its headers promise more.
  public mutating func write(_ location: SnapshotLocation) throws(SnapshotsError) {
    if let tree = location.tree {
      var walk = TreeWalk(reader: trees, tree: tree, path: location.path)
      let prefix = location.path.count + (location.path == SnapshotPath.root ? 0 : 1)
      while let step = try walk.next() {
        if case .entry(let entry) = step { try write(entry, name: Array(entry.path[prefix...])) }
      }
    } else if case .entry(let entry) = location {
      try write(entry, name: entry.node.name)
    }
    // The archive ends with two blocks of zeros.
    try writeZeros(UInt64(2 * TarRecord.blockLength))
  }

  private mutating func write(_ entry: TreeEntry, name: [UInt8]) throws(SnapshotsError) {
    let node = entry.node
    guard var record = record(of: entry, name: name) else {
      socketsPassedOver += 1
      return
    }
    if let original = hardLinks.original(of: node) {
      record.kind = .hardLink
      record.linkName = original
      record.size = 0
    } else {
      hardLinks.note(record.name, for: node)
    }
    let extended = records(for: record, node)
    if !extended.bytes.isEmpty {
      var header = TarRecord(kind: .extended, name: Array("PaxHeaders/entry".utf8), mode: 0o644)
      header.size = UInt64(extended.bytes.count)
      try write(header.encode())
      try write(extended.bytes)
      try pad(header.size)
    }
    try write(record.encode())
    guard record.kind == .file else { return }
    let (sink, zeros) = (sink, writeZeros)
    do throws(SnapshotsError) {
      try content.read(entry) { (piece) throws(SnapshotsError) in
        switch piece {
        case .data(let bytes): try sink(bytes)
        case .zeros(let count, _): try zeros(count)
        }
      }
    } catch let error where error.code == .damaged {
      throw SnapshotsError(.damaged, PathText.escape(entry.path), cause: error)
    }
    try pad(node.size)
  }

  private func record(of entry: TreeEntry, name: [UInt8]) -> TarRecord? {
    let node = entry.node
    var record = TarRecord(kind: .file, name: name)
    switch (node.type, node.content) {
    case (.file, _): record.size = node.size
    case (.directory, _):
      record.kind = .directory
      record.name.append(SnapshotPath.separator)
    case (.symbolicLink, .symbolicLink(let target)):
      record.kind = .symbolicLink
      record.linkName = target
    case (.characterDevice, .device(let major, let minor)):
      (record.kind, record.major, record.minor) = (.characterDevice, major, minor)
    case (.blockDevice, .device(let major, let minor)):
      (record.kind, record.major, record.minor) = (.blockDevice, major, minor)
    case (.fifo, _): record.kind = .fifo
    default: return nil  // a socket
    }
    record.mode = UInt64(node.mode)
    record.uid = UInt64(node.uid)
    record.gid = UInt64(node.gid)
    record.userName = Array((entry.owners.user(node.uid) ?? "").utf8)
    record.groupName = Array((entry.owners.group(node.gid) ?? "").utf8)
    record.seconds = node.mtime.seconds
    return record
  }

  private func records(for record: TarRecord, _ node: Node) -> PaxRecords {
    var records = PaxRecords()
    // Readers take names of a pax record for UTF-8 unless they are told that they are bytes.
    let isText = [record.name, record.linkName].allSatisfy { String(validating: $0, as: UTF8.self) != nil }
    let isLong = record.name.count > 100 || record.linkName.count > 100
    if isLong && !isText { records.append("hdrcharset", Array("BINARY".utf8)) }
    if record.name.count > 100 { records.append("path", record.name) }
    if record.linkName.count > 100 { records.append("linkpath", record.linkName) }
    if !TarRecord.fitsOctal(record.size, digits: 11) { records.append("size", record.size) }
    if !TarRecord.fitsOctal(record.uid, digits: 7) { records.append("uid", record.uid) }
    if !TarRecord.fitsOctal(record.gid, digits: 7) { records.append("gid", record.gid) }
    if !TarRecord.fitsOwner(record.userName) { records.append("uname", record.userName) }
    if !TarRecord.fitsOwner(record.groupName) { records.append("gname", record.groupName) }
    if node.mtime.nanoseconds != 0 || node.mtime.seconds < 0
      || !TarRecord.fitsOctal(UInt64(node.mtime.seconds.magnitude), digits: 11)
    {
      records.append("mtime", Array(Self.decimal(node.mtime).utf8))
    }
    if record.kind != .hardLink {
      for attribute in node.extendedAttributes {
        records.append(Array("SCHILY.xattr.".utf8) + Self.keyword(attribute.name), attribute.value)
        if let name = AccessControlText.record(for: attribute.name),
          let text = AccessControlText.text(of: attribute.value)
        {
          records.append(name, text)
        }
      }
    }
    return records
  }

  /// An attribute's name as a part of a keyword, which ends with the first "=", as GNU tar writes and reads it.
  private static func keyword(_ name: [UInt8]) -> [UInt8] {
    name.flatMap { byte in
      switch byte {
      case UInt8(ascii: "%"): Array("%25".utf8)
      case UInt8(ascii: "="): Array("%3D".utf8)
      default: [byte]
      }
    }
  }

  /// Seconds as a decimal number. The format counts nanoseconds forward from the second below, a number towards zero.
  static func decimal(_ time: Timestamp) -> String {
    if time.nanoseconds == 0 { return String(time.seconds) }
    let isNegative = time.seconds < 0
    let whole = isNegative ? (time.seconds + 1).magnitude : time.seconds.magnitude
    let digits = String(isNegative ? 1_000_000_000 - time.nanoseconds : time.nanoseconds)
    let fraction = String(repeating: "0", count: 9 - digits.count) + digits
    return "\(isNegative ? "-" : "")\(whole).\(fraction)"
  }

  // MARK: The stream

  private func write(_ bytes: [UInt8]) throws(SnapshotsError) {
    try bytes.withBytes { (bytes) throws(SnapshotsError) in try sink(bytes) }
  }

  private func pad(_ length: UInt64) throws(SnapshotsError) {
    let rest = length % UInt64(TarRecord.blockLength)
    if rest != 0 { try writeZeros(UInt64(TarRecord.blockLength) - rest) }
  }

  private func writeZeros(_ count: UInt64) throws(SnapshotsError) {
    var left = count
    while left > 0 {
      let step = Int(min(left, UInt64(Self.zeros.count)))
      try Self.zeros.withBytes { (zeros) throws(SnapshotsError) in
        try sink(UnsafeRawBufferPointer(rebasing: zeros[..<step]))
      }
      left -= UInt64(step)
    }
  }
}
