import Glibc

/// Which files the kernel shows as block devices.
enum LoopDevices {
  /// Whether one of them has the file. One that has been renamed or removed since, or was attached in another mount namespace,
  /// goes unnoticed: only root could ask the devices themselves.
  static func haveFile(_ file: FileStatus) -> Bool {
    guard let devices = opendir("/sys/block") else { return false }
    defer { closedir(devices) }
    while let entry = readdir(devices) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      guard name.hasPrefix("loop"), let path = backingFile(of: name) else { continue }
      var status = stat()
      guard stat(path, &status) == 0 else { continue }
      if status.st_ino == file.inode, status.st_dev == file.device.kernelValue { return true }
    }
    return false
  }

  /// The path, with the zero at its end.
  private static func backingFile(of device: String) -> [CChar]? {
    let descriptor = open("/sys/block/\(device)/loop/backing_file", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var path = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let count = read(descriptor, &path, path.count)
    // A newline ends it.
    guard count > 1 else { return nil }
    path[count - 1] = 0
    return path
  }
}
