import CLinux
import Glibc

/// Calls that make, remove or read entries of a directory.
extension SystemCall {
  static func mkdirat(_ directory: Int32, _ name: UnsafePointer<CChar>, _ mode: UInt32) -> Int32 {
    result(Glibc.mkdirat(directory, name, mode))
  }

  static func symlinkat(_ target: UnsafePointer<CChar>, _ directory: Int32, _ name: UnsafePointer<CChar>) -> Int32 {
    result(Glibc.symlinkat(target, directory, name))
  }

  static func linkat(
    _ from: Int32, _ old: UnsafePointer<CChar>, _ to: Int32, _ new: UnsafePointer<CChar>, _ flags: Int32
  ) -> Int32 {
    result(Glibc.linkat(from, old, to, new, flags))
  }

  static func mknodat(_ directory: Int32, _ name: UnsafePointer<CChar>, _ mode: UInt32, _ device: dev_t) -> Int32 {
    result(Glibc.mknodat(directory, name, mode, device))
  }

  static func renameat2(
    _ from: Int32, _ old: UnsafePointer<CChar>, _ to: Int32, _ new: UnsafePointer<CChar>, _ flags: UInt32
  ) -> Int32 {
    clinux_renameat2(from, old, to, new, flags)
  }

  static func unlinkat(_ directory: Int32, _ name: UnsafePointer<CChar>, _ flags: Int32) -> Int32 {
    result(Glibc.unlinkat(directory, name, flags))
  }

  static func readlinkat(
    _ directory: Int32, _ name: UnsafePointer<CChar>, _ buffer: UnsafeMutableBufferPointer<UInt8>
  ) -> Int {
    guard let base = buffer.baseAddress else { return -Int(EINVAL) }
    return result(
      Glibc.readlinkat(directory, name, UnsafeMutableRawPointer(base).assumingMemoryBound(to: CChar.self), buffer.count)
    )
  }

  /// Orders two C strings by unsigned bytes.
  @inline(__always)
  static func compare(_ left: UnsafePointer<CChar>, _ right: UnsafePointer<CChar>) -> Int32 { strcmp(left, right) }

  /// The words for an errno.
  static func describe(_ errorNumber: Int32) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
      guard let base = buffer.baseAddress, strerror_r(errorNumber, base, buffer.count) == 0 else {
        return "error \(errorNumber)"
      }
      return String(cString: base)
    }
  }
}
