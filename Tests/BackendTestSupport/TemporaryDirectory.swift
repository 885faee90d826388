import Glibc

/// A new directory that is removed, with all it holds, when this object is released.
public final class TemporaryDirectory: Sendable {
  /// Its path.
  public let path: String

  /// Makes the directory under `/tmp`.
  public init() {
    var template = Array("/tmp/firn-test-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { buffer -> String? in
      guard let base = buffer.baseAddress, let path = mkdtemp(base) else { return nil }
      return String(cString: path)
    }
    guard let made else { preconditionFailure("can't make a directory in /tmp") }
    path = made
  }

  deinit {
    _ = run(["rm", "-rf", path])
  }
}
