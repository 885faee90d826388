import CLinux
import Glibc

/// Calls that read or change what is known about an object.
extension SystemCall {
  @inline(__always)
  static func statx(
    _ directory: Int32, _ path: UnsafePointer<CChar>, _ flags: Int32, _ status: UnsafeMutablePointer<CLinux.statx>
  ) -> Int32 {
    let mask = UInt32(STATX_BASIC_STATS) | UInt32(STATX_BTIME) | UInt32(CLINUX_STATX_MNT_ID)
    return retrying { clinux_statx(directory, path, flags, mask, status) }
  }

  static func fstatfs(_ descriptor: Int32, _ status: UnsafeMutablePointer<CLinux.statfs>) -> Int32 {
    retrying { clinux_fstatfs(descriptor, status) }
  }

  static func getFilesystemUUID(_ descriptor: Int32, _ uuid: UnsafeMutablePointer<clinux_fsuuid>) -> Int32 {
    clinux_get_filesystem_uuid(descriptor, uuid)
  }

  static func getFilesystemLabel(_ descriptor: Int32, _ label: UnsafeMutablePointer<CChar>) -> Int32 {
    clinux_get_filesystem_label(descriptor, label)
  }

  static func fchown(_ descriptor: Int32, _ user: UInt32, _ group: UInt32) -> Int32 {
    result(Glibc.fchown(descriptor, user, group))
  }

  static func fchownat(
    _ directory: Int32, _ name: UnsafePointer<CChar>, _ user: UInt32, _ group: UInt32, _ flags: Int32
  ) -> Int32 {
    result(Glibc.fchownat(directory, name, user, group, flags))
  }

  static func fchmod(_ descriptor: Int32, _ mode: UInt32) -> Int32 { result(Glibc.fchmod(descriptor, mode)) }

  static func fchmodat(_ directory: Int32, _ name: UnsafePointer<CChar>, _ mode: UInt32, _ flags: Int32) -> Int32 {
    result(Glibc.fchmodat(directory, name, mode, flags))
  }

  static func futimens(_ descriptor: Int32, _ times: UnsafePointer<timespec>) -> Int32 {
    result(Glibc.futimens(descriptor, times))
  }

  static func utimensat(
    _ directory: Int32, _ name: UnsafePointer<CChar>, _ times: UnsafePointer<timespec>, _ flags: Int32
  ) -> Int32 {
    result(Glibc.utimensat(directory, name, times, flags))
  }

  static func getInodeFlags(_ descriptor: Int32, _ flags: UnsafeMutablePointer<UInt32>) -> Int32 {
    clinux_get_inode_flags(descriptor, flags)
  }

  static func setInodeFlags(_ descriptor: Int32, _ flags: UInt32) -> Int32 {
    clinux_set_inode_flags(descriptor, flags)
  }
}
