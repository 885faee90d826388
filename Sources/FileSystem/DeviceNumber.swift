/// The number of a device: of the one a file lies on, or of the one a device node stands for.
public struct DeviceNumber: Hashable, Sendable {
  /// The driver.
  public let major: UInt32
  /// The device among the driver's.
  public let minor: UInt32

  /// The device `minor` of the driver `major`.
  @inline(__always)
  public init(major: UInt32, minor: UInt32) {
    self.major = major
    self.minor = minor
  }

  /// Both in one number: the major in the upper 32 bits, the minor in the lower.
  public var rawValue: UInt64 { UInt64(major) << 32 | UInt64(minor) }

  /// The device with that `rawValue`.
  public init(rawValue: UInt64) {
    major = UInt32(truncatingIfNeeded: rawValue >> 32)
    minor = UInt32(truncatingIfNeeded: rawValue)
  }

  /// The C library's dev_t: the old 16-bit number in the low bits, what didn't fit there above it.
  var kernelValue: UInt64 {
    let major = UInt64(major)
    let minor = UInt64(minor)
    return (major & 0xFFF) << 8 | (major & ~0xFFF) << 32 | (minor & 0xFF) | (minor & ~0xFF) << 12
  }
}
