import Glibc

/// The C library's account look-ups. Each gives nil where there is no such account or the database fails to answer.
enum AccountDatabase {
  static func userName(_ number: UInt32) -> String? {
    withScratch { scratch, capacity in
      var record = passwd()
      var found: UnsafeMutablePointer<passwd>?
      let error = getpwuid_r(number, &record, scratch, capacity, &found)
      return (error, found.flatMap { name($0.pointee.pw_name) })
    }
  }

  static func user(named name: String) -> UInt32? {
    withScratch { scratch, capacity in
      var record = passwd()
      var found: UnsafeMutablePointer<passwd>?
      let error = getpwnam_r(name, &record, scratch, capacity, &found)
      return (error, found?.pointee.pw_uid)
    }
  }

  static func groupName(_ number: UInt32) -> String? {
    withScratch { scratch, capacity in
      var record = Glibc.group()
      var found: UnsafeMutablePointer<Glibc.group>?
      let error = getgrgid_r(number, &record, scratch, capacity, &found)
      return (error, found.flatMap { name($0.pointee.gr_name) })
    }
  }

  static func group(named name: String) -> UInt32? {
    withScratch { scratch, capacity in
      var record = Glibc.group()
      var found: UnsafeMutablePointer<Glibc.group>?
      let error = getgrnam_r(name, &record, scratch, capacity, &found)
      return (error, found?.pointee.gr_gid)
    }
  }

  private static func name(_ bytes: UnsafeMutablePointer<CChar>?) -> String? {
    bytes.flatMap { String(validatingCString: $0) }
  }

  /// Calls `body` with more and more room for the record's strings while it answers ERANGE: a group may have very many
  /// members.
  private static func withScratch<Value>(
    _ body: (UnsafeMutablePointer<CChar>, Int) -> (error: Int32, value: Value?)
  ) -> Value? {
    var capacity = 1024
    while capacity <= 4 << 20 {
      let answer = withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer in
        guard let base = buffer.baseAddress else { return (error: EINVAL, value: Value?.none) }
        return body(base, buffer.count)
      }
      if answer.error == 0 { return answer.value }
      if answer.error != ERANGE && answer.error != EINTR { return nil }
      if answer.error == ERANGE { capacity *= 4 }
    }
    return nil
  }
}
