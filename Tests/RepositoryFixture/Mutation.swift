package import Backend
package import TestSupport

/// One way of damaging an object.
package enum Mutation: Sendable, CustomStringConvertible {
  case flip(offset: Int, mask: UInt8)
  case truncate(Int)
  case extend([UInt8])
  case overwrite(offset: Int, [UInt8])
  case copy(from: Int, to: Int, count: Int)
  case remove(offset: Int, count: Int)
  case replace(with: ObjectName)
  case delete

  /// A mutation that the generator chooses for an object of `count` bytes; `others` are objects of the same area.
  package static func random(
    count: Int, others: [ObjectName], using random: inout SeededGenerator
  ) -> Mutation {
    let offset = Int.random(in: 0..<max(1, count), using: &random)
    let length = min(count - offset, Int.random(in: 1...64, using: &random))
    switch Int.random(in: 0..<20, using: &random) {
    case 0: return .truncate(offset)
    case 1: return .truncate(0)
    case 2: return .extend(random.bytes(Int.random(in: 1...64, using: &random)))
    case 3: return .overwrite(offset: offset, random.bytes(length))
    case 4: return .overwrite(offset: offset, [UInt8](repeating: 0, count: length))
    case 5: return .copy(from: Int.random(in: 0...count - length, using: &random), to: offset, count: length)
    case 6: return .remove(offset: offset, count: length)
    case 7: return others.randomElement(using: &random).map { .replace(with: $0) } ?? .delete
    case 8: return .delete
    default: return .flip(offset: offset, mask: UInt8.random(in: 1...255, using: &random))
    }
  }

  /// The damaged bytes; nil for none.
  package func apply(to bytes: [UInt8], of contents: [ObjectName: [UInt8]]) -> [UInt8]? {
    var bytes = bytes
    switch self {
    case .flip(let offset, let mask): bytes[offset] ^= mask
    case .truncate(let count): bytes.removeLast(bytes.count - count)
    case .extend(let more): bytes += more
    case .overwrite(let offset, let new): bytes.replaceSubrange(offset..<offset + new.count, with: new)
    case .copy(let from, let to, let count):
      bytes.replaceSubrange(to..<to + count, with: Array(bytes[from..<from + count]))
    case .remove(let offset, let count): bytes.removeSubrange(offset..<offset + count)
    case .replace(let other): return contents[other]
    case .delete: return nil
    }
    return bytes
  }

  package var description: String {
    switch self {
    case .flip(let offset, let mask): "flip \(mask) at \(offset)"
    case .truncate(let count): "truncate to \(count)"
    case .extend(let more): "extend by \(more.count)"
    case .overwrite(let offset, let new): "overwrite \(new.count) at \(offset)"
    case .copy(let from, let to, let count): "copy \(count) from \(from) to \(to)"
    case .remove(let offset, let count): "remove \(count) at \(offset)"
    case .replace(let other): "replace with \(other)"
    case .delete: "delete"
    }
  }
}
