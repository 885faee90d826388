/// Cuts a stream where its content says so (chunker suite 1), so that an insertion or a deletion moves only the cuts
/// around it and the chunks after it are found again.
///
/// A public rolling hash over the last 64 bytes picks about one position in 1,024 as a candidate. SipHash-2-4 of those
/// 64 bytes under the repository's secret key decides which candidates become cuts. The rolling hash is linear and fast;
/// the keyed function is not linear and rarely runs, so known plaintext does not reveal the key as it would if the
/// rolling hash itself were keyed. FORMAT.md defines the cuts to the byte.
///
/// The position of a cut depends on the bytes from the cut before it, the parameters and the key, and on nothing else.
public struct ContentChunker: Sendable {
  /// The sizes this chunker was made with.
  public let parameters: ChunkerParameters

  private let function: SipHash24
  private let thresholds: CutThresholds

  /// The length of the secret key in bytes.
  public static let keySize = 16

  /// Makes a chunker for the given sizes and secret key, which must be ``keySize`` bytes long.
  public init(parameters: ChunkerParameters, key: RawSpan) {
    precondition(key.byteCount == Self.keySize, "a chunker key has \(Self.keySize) bytes")
    self.parameters = parameters
    thresholds = CutThresholds(parameters)
    function = SipHash24(
      key0: UInt64(littleEndian: key.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt64.self)),
      key1: UInt64(littleEndian: key.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt64.self)))
  }

  /// The length of the chunk that starts at the first byte of `bytes`, or nil when more bytes are needed to tell.
  ///
  /// A call scans no further than the cut. After nil the next call starts over, so give the maximum size or more at a
  /// time where there is as much.
  ///
  /// - Parameters:
  ///   - bytes: The bytes from the last cut on, at the front. What follows the first chunk doesn't change the result.
  ///   - isEnd: Whether the stream ends with `bytes`. The last chunk then may be shorter than the minimum.
  /// - Returns: A length from 1 to the maximum; nil when `bytes` is empty, or when it is shorter than the maximum, holds
  ///   no cut, and `isEnd` is false.
  public func firstCut(in bytes: UnsafeRawBufferPointer, isEnd: Bool) -> Int? {
    guard let base = bytes.baseAddress else { return nil }
    let limit = min(bytes.count, parameters.maximum)
    if limit >= parameters.minimum, let cut = contentCut(base, limit: limit) { return cut }
    if limit == parameters.maximum || (isEnd && limit > 0) { return limit }
    return nil
  }

  /// The first cut, of `limit` bytes or fewer, that the content asks for; `limit` must be the minimum or more.
  private func contentCut(_ base: UnsafeRawPointer, limit: Int) -> Int? {
    GearTable.words.withUnsafeBufferPointer { table in
      guard let table = table.baseAddress else { return nil }
      var scanner = GearScanner(base: base, table: table, start: parameters.minimum)
      return scanner.firstPosition(upTo: min(limit, parameters.average - 1)) { isCut($0, thresholds.belowAverage) }
        ?? scanner.firstPosition(upTo: limit) { isCut($0, thresholds.fromAverage) }
    }
  }

  /// Whether the keyed function of a candidate's window is below `threshold`.
  private func isCut(_ window: UnsafeRawBufferPointer, _ threshold: UInt64) -> Bool {
    function.hash(window) < threshold
  }
}
