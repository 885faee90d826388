internal import FoundationEssentials

/// The body of a record in JSON: compact, with sorted members, so that equal records have equal bytes.
enum JSONBody {
  private struct Versioned: Decodable {
    let version: Int
  }

  static let version = 1

  static func encode(
    _ body: some Encodable, record: StaticString, atMost limit: Int
  ) throws(FormatError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let data: Data
    do { data = try encoder.encode(body) } catch { throw .malformed(record, "a value that JSON can't express") }
    guard data.count <= limit else { throw .limit(record, "longer than \(limit) bytes") }
    return [UInt8](data)
  }

  static func decode<Body: Decodable>(
    _ bytes: UnsafeRawBufferPointer, as type: Body.Type, record: StaticString, atMost limit: Int
  ) throws(FormatError) -> Body {
    guard bytes.count <= limit else { throw .limit(record, "longer than \(limit) bytes") }
    // The decoder below would also take UTF-16 and UTF-32, which begin with one of these.
    guard !bytes.contains(0), !bytes.starts(with: [0xEF, 0xBB, 0xBF]), !bytes.starts(with: [0xFE, 0xFF]),
      !bytes.starts(with: [0xFF, 0xFE])
    else { throw .malformed(record, "not JSON in UTF-8") }
    let data = Data(bytes)
    do {
      let found = try JSONDecoder().decode(Versioned.self, from: data).version
      guard found == version else { throw FormatError.unsupported(record, "version \(found)") }
      return try JSONDecoder().decode(type, from: data)
    } catch let error as FormatError {
      throw error
    } catch let error as DecodingError {
      throw .malformed(record, problem(error))
    } catch {
      throw .malformed(record, "not JSON")
    }
  }

  /// Names the member only: what the decoder says besides may quote the record.
  private static func problem(_ error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, let context): "\(path(context.codingPath + [key])): missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      context.codingPath.isEmpty ? "not JSON of this record" : "\(path(context.codingPath)): not a legal value"
    @unknown default: "not JSON"
    }
  }

  private static func path(_ keys: [any CodingKey]) -> String {
    keys.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
  }
}

/// A member that is written as `null` instead of being left out.
struct Nullable: Codable {
  var value: String?

  init(_ value: String?) { self.value = value }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    value = container.decodeNil() ? nil : try container.decode(String.self)
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let value { try container.encode(value) } else { try container.encodeNil() }
  }
}

/// A number in JSON: from 0 to 2^53 − 1, up to where every reader of JSON tells one from the next.
struct JSONNumber: Codable {
  let value: UInt64

  /// Any number; one that is out of range can't be encoded.
  init(_ value: some BinaryInteger) { self.value = UInt64(exactly: value) ?? .max }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    value = try container.decode(UInt64.self)
    guard value <= Limits.jsonNumber else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "above 2^53 - 1")
    }
  }

  func encode(to encoder: any Encoder) throws {
    guard value <= Limits.jsonNumber else {
      throw EncodingError.invalidValue(
        value, .init(codingPath: encoder.codingPath, debugDescription: "not from 0 to 2^53 - 1"))
    }
    var container = encoder.singleValueContainer()
    try container.encode(value)
  }
}

/// Texts in JSON that stand for other values; each throws with the member's name.
enum JSONMember {
  static func time(_ text: String, _ record: StaticString, _ member: String) throws(FormatError) -> Timestamp {
    guard let time = Timestamp(text: text) else { throw .malformed(record, "\(member): not a time") }
    return time
  }

  static func id<ID: Identifier128>(
    _ text: String, _ record: StaticString, _ member: String
  ) throws(FormatError) -> ID {
    guard let id = ID(hex: text) else { throw .malformed(record, "\(member): not 32 hexadecimal digits") }
    return id
  }

  static func id<ID: Identifier256>(
    _ text: String, _ record: StaticString, _ member: String
  ) throws(FormatError) -> ID {
    guard let id = ID(hex: text) else { throw .malformed(record, "\(member): not 64 hexadecimal digits") }
    return id
  }
}
