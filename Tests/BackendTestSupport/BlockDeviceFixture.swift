public import Backend
import Glibc
import TestSupport

/// A repository on a volume in an image file of its own, in memory.
public final class BlockDeviceFixture: BackendFixture {
  private let directory = TemporaryDirectory(inMemory: true)
  /// The backend.
  public let device: BlockDeviceBackend

  /// The backend.
  public var backend: any Backend { device }

  /// The image's path.
  public var path: String { directory.path + "/image" }

  /// A fresh one on an image of so many bytes.
  public init(size: Int = 128 << 20) throws {
    let path = directory.path + "/image"
    try Self.resize(path, to: size)
    try Volume.format(at: path, label: "", created: 0)
    device = try BlockDeviceBackend.create(at: path)
  }

  /// The same image, opened anew.
  public func reopen() throws -> any Backend {
    try BlockDeviceBackend.open(at: path)
  }

  /// Gives the image another size.
  public func resize(to size: Int) throws {
    try Self.resize(path, to: size)
  }

  private static func resize(_ path: String, to size: Int) throws {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    defer { close(descriptor) }
    guard descriptor >= 0, ftruncate(descriptor, off_t(size)) == 0 else {
      throw BackendError(code: .io, message: "can't make \(path)")
    }
  }
}
