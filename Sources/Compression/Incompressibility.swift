/// A quick guess whether compressing is a waste of time, from 16 KiB of samples.
///
/// Two tests have to agree, because each is blind to something. The histogram of all samples sees data whose bytes are
/// unevenly spread (text, code, floating point numbers). The number of distinct bytes in each sample sees a
/// compressible stretch inside random data, which the common histogram would drown, and ramps and short periods, whose
/// histogram is flat. What both miss is long random stretches that repeat at a distance, which only a matcher finds.
public enum Incompressibility {
  /// Below this many bytes the answer is always no: compressing costs little, and samples would say little.
  public static let minimumLength = 4096

  private static let sampleLength = 256
  private static let sampleCount = 64

  /// Distinct values in 256 uniformly random bytes: 162 on average, with a standard deviation of 4.9. The range is six
  /// deviations wide, so that random data fails it less than once in a million samples.
  private static let plausibleDistinctValues = 132...192

  /// Samples that may fall outside the range: one stands for 1.6 % of the data, and headers are common.
  private static let toleratedOddSamples = 1

  /// Whether zstd would gain next to nothing on `bytes`: true for random, encrypted and most compressed data.
  ///
  /// Looks at 16 KiB however long `bytes` is.
  public static func looksIncompressible(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count >= minimumLength else { return false }
    return withUnsafeTemporaryAllocation(of: Tally.self, capacity: 256) { histogram in
      histogram.initialize(repeating: Tally())
      let samples = min(sampleCount, bytes.count / sampleLength)
      let stride = bytes.count / samples
      var oddSamples = 0
      // A fixed sequence of offsets within the strides, so that data with a period of its own can't hide between them.
      var offsets: UInt32 = 0x9E37_79B9
      for sample in 0..<samples {
        offsets = offsets &* 1_664_525 &+ 1_013_904_223
        let slack = UInt64(stride - sampleLength + 1)
        let start = sample * stride + Int((UInt64(offsets) &* slack) >> 32)
        let slice = UnsafeRawBufferPointer(rebasing: bytes[start..<start + sampleLength])
        if !plausibleDistinctValues.contains(tally(slice, number: UInt32(sample + 1), in: histogram)) {
          oddSamples += 1
        }
        if oddSamples > toleratedOddSamples { return false }
      }
      return isFlat(histogram, total: samples * sampleLength)
    }
  }

  /// What is known of one byte value.
  private struct Tally {
    /// How often it was seen.
    var count: UInt32 = 0
    /// The last sample it was seen in; samples are numbered from 1.
    var lastSample: UInt32 = 0
  }

  /// Adds `sample` to `histogram`; returns how many distinct values the sample holds.
  private static func tally(
    _ sample: UnsafeRawBufferPointer, number: UInt32, in histogram: UnsafeMutableBufferPointer<Tally>
  ) -> Int {
    var distinct = 0
    for index in 0..<sample.count {
      let value = Int(sample[index])
      distinct &+= histogram[value].lastSample == number ? 0 : 1
      histogram[value].lastSample = number
      histogram[value].count &+= 1
    }
    return distinct
  }

  /// Whether the bytes counted in `histogram` have more than about 7.93 bits of entropy each.
  ///
  /// Near the flat histogram, the entropy missing to 8 bits is (256 Σc² / n² − 1) / (2 ln 2): whole numbers and no
  /// logarithms. Random samples exceed a flat histogram's Σc² by n themselves, which is taken off first.
  private static func isFlat(_ histogram: UnsafeMutableBufferPointer<Tally>, total: Int) -> Bool {
    let squares = histogram.reduce(UInt64(0)) { $0 &+ UInt64($1.count) &* UInt64($1.count) }
    let count = UInt64(total)
    return squares &- min(squares, count) <= count &* count * 110 / 100 / 256
  }
}
