import Format
import Testing

@Suite struct NodeTests {
  private let chunk = String(repeating: "ab", count: 32)

  private func leaf(_ nodes: String...) -> [UInt8] {
    bytes("01 00 00 00") + [UInt8(nodes.count)] + nodes.flatMap { bytes($0) }
  }

  private func decode(_ nodes: String...) -> FormatError.Code? {
    let object = bytes("01 00 00 00") + [UInt8(nodes.count)] + nodes.flatMap { bytes($0) }
    return failure { () throws(FormatError) in try TreeObject.decode(object) }?.code
  }

  private func onlyNode(_ object: [UInt8]) throws -> Node {
    guard case .leaf(let leaf) = try TreeObject.decode(object) else { throw FormatError(code: .malformed, message: "") }
    return try #require(leaf.nodes.first)
  }

  @Test("the known file has the known bytes")
  func knownFile() throws {
    let node = Node(
      name: [0x61, 0xFF], type: .file, mode: 0o4755, uid: 1_000, gid: 100, size: 305,
      mtime: Timestamp(seconds: -1, nanoseconds: 5), ctime: Timestamp(seconds: 1, nanoseconds: 999_999_999),
      inode: 300, device: 8 << 32 | 1, linkCount: 1, birthTime: Timestamp(seconds: 2, nanoseconds: 3),
      inodeFlags: 0x10, extendedAttributes: [ExtendedAttribute(name: [0x75], value: [1, 2])],
      extensions: [NodeExtension(tag: 9, value: [7])],
      content: .file([
        .chunk(try #require(ChunkID(hex: chunk)), length: 5), .hole(length: 100), .zeros(length: 150),
        .list(try #require(ChunkID(hex: chunk)), length: 50),
      ]))
    let known = """
      02 61ff 01 ed13 e807 64 b102 01 05 02 ff93ebdc03 ac02 8180808080 01 01 0f
      04 03 10 01 01 75 02 0102 01 09 01 07 04 14 \(chunk) 9103 da04 cb01 \(chunk)
      """
    var writer = ByteWriter()
    node.encode(into: &writer)
    // 8 × 2^32 + 1 takes six groups: 81 80 80 80 80 01.
    #expect(writer.bytes == bytes(known))
    #expect(try onlyNode(leaf(known)) == node)
  }

  @Test("directories, links, devices and pipes have the known bytes")
  func knownOthers() throws {
    let fields = "a403 00 00 00 00 00 00 00 01 02 03 00"
    let cases: [(Node.Content, FileType, String)] = [
      (.directory(try #require(ChunkID(hex: chunk))), .directory, "01 61 02 \(fields) \(chunk)"),
      (.symbolicLink([0x62, 0x2F]), .symbolicLink, "01 61 03 \(fields) 02 622f"),
      (.none, .fifo, "01 61 04 \(fields)"),
      (.device(major: 4, minor: 300), .characterDevice, "01 61 05 \(fields) 04 ac02"),
      (.device(major: 4, minor: 300), .blockDevice, "01 61 06 \(fields) 04 ac02"),
      (.none, .socket, "01 61 07 \(fields)"),
    ]
    for (content, type, known) in cases {
      let zero = Timestamp(seconds: 0)
      let node = Node(
        name: [0x61], type: type, mode: 0o644, uid: 0, gid: 0, mtime: zero, ctime: zero, inode: 1, device: 2,
        linkCount: 3, content: content)
      var writer = ByteWriter()
      node.encode(into: &writer)
      #expect(writer.bytes == bytes(known), "\(type)")
      #expect(try onlyNode(leaf(known)) == node, "\(type)")
    }
  }

  @Test("names that a file system can't have are refused")
  func names() {
    let fields = "04 00 00 00 00 00 00 00 00 00 00 00 00"
    let long = String(repeating: "78", count: 255)
    #expect(decode("01 61" + fields) == nil)
    #expect(decode("03 2e2e2e" + fields) == nil)
    #expect(decode("ff01" + long + fields) == nil)
    for name in ["00", "01 2e", "02 2e2e", "01 2f", "03 612f62", "01 00", "03 610062", "8002 78" + long] {
      #expect(decode(name + fields + "00") == .malformed, "\(name)")
    }
  }

  @Test("fields have their bounds exactly")
  func bounds() {
    #expect(decode("01 61 04 ff1f 00 00 00 00 00 00 00 00 00 00 00") == nil)
    #expect(decode("01 61 04 8020 00 00 00 00 00 00 00 00 00 00 00") == .limit, "mode")
    #expect(decode("01 61 04 00 ffffffff0f ffffffff0f 00 00 00 00 00 00 00 00 00") == nil)
    #expect(decode("01 61 04 00 8080808010 00 00 00 00 00 00 00 00 00 00") == .limit, "uid")
    #expect(decode("01 61 04 00 00 8080808010 00 00 00 00 00 00 00 00 00") == .limit, "gid")
    #expect(decode("01 61 04 00 00 00 01 00 00 00 00 00 00 00 00") == .malformed, "size of a pipe")
    #expect(decode("01 61 04 00 00 00 00 00 ff93ebdc03 00 00 00 00 00 00") == nil)
    #expect(decode("01 61 04 00 00 00 00 00 8094ebdc03 00 00 00 00 00 00") == .limit, "mtime")
    #expect(decode("01 61 04 00 00 00 00 00 00 00 8094ebdc03 00 00 00 00") == .limit, "ctime")
    #expect(decode("01 61 04 00 00 00 00 00 00 00 00 00 00 00 01 00 8094ebdc03") == .limit, "birth time")
    #expect(decode("01 61 04 00 00 00 00 00 00 00 00 00 00 00 02 8080808010") == .limit, "inode flags")
  }

  @Test("unknown types and presence bits are unsupported")
  func unsupported() {
    #expect(decode("01 61 00 00 00 00 00 00 00 00 00 00 00 00 00") == .unsupported)
    #expect(decode("01 61 08 00 00 00 00 00 00 00 00 00 00 00 00") == .unsupported)
    #expect(decode("01 61 04 00 00 00 00 00 00 00 00 00 00 00 10") == .unsupported)
  }

  @Test("attributes and extensions are in strictly ascending order")
  func order() {
    let fifo = "01 61 04 00 00 00 00 00 00 00 00 00 00 00"
    #expect(decode(fifo + "04 02 01 61 00 01 62 00") == nil)
    #expect(decode(fifo + "04 02 01 61 00 01 61 00") == .malformed)
    #expect(decode(fifo + "04 02 01 62 00 01 61 00") == .malformed)
    #expect(decode(fifo + "08 02 01 00 02 00") == nil)
    #expect(decode(fifo + "08 02 02 00 02 00") == .malformed)
    #expect(decode(fifo + "08 02 02 00 01 00") == .malformed)
  }

  @Test("a file's items add up to its size")
  func sizes() {
    let head = "01 61 01 00 00 00"
    let rest = "00 00 00 00 00 00 00 00"
    #expect(decode(head + "07" + rest + "02 15 0a") == nil)
    #expect(decode(head + "00" + rest + "00") == nil)
    #expect(decode(head + "08" + rest + "02 15 0a") == .malformed)
    #expect(decode(head + "00" + rest + "01 01") == .malformed, "an item of length 0")
    #expect(decode(head + "808080 04" + rest + "01 80808010" + chunk) == nil, "a chunk of 8 MiB")
    #expect(decode(head + "818080 04" + rest + "01 84808010" + chunk) == .limit, "a byte more")
    let most = "fdffffffffffffffff01"
    #expect(decode(head + "fcffffffffffffffff01" + rest + "04" + String(repeating: most, count: 4)) == nil)
    #expect(decode(head + "00" + rest + "06" + String(repeating: most, count: 4) + "09 09") == .malformed, "2^64 bytes")
  }
}
