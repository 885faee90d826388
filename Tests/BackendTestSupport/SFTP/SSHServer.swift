public import Backend
import Glibc
public import SSH
import TestSupport
import Testing

/// OpenSSH's server on a free port of this machine, with keys of its own, for as long as the tests run.
public final class SSHServer: Sendable {
  /// One for all tests that need nothing special.
  public static let shared = Result { try SSHServer() }

  /// The directory that its keys lie in; `home` in it is that of users who log in.
  public let directory: String
  /// Where it listens, on the loopback address.
  public let port: UInt16

  private let temporary = TemporaryDirectory()
  /// The server ends when this pipe is closed: with this object, or with the process however that ends.
  private let lifeline: CInt

  /// Starts a server.
  ///
  /// - Parameters:
  ///   - options: lines of its configuration, before the others.
  ///   - trace: a file for strace to write down in what the server does to files.
  public init(options: [String] = [], tracedTo trace: String? = nil) throws {
    directory = temporary.path
    port = try Self.freePort()
    for (kind, file) in [("ed25519", "host_ed25519"), ("ecdsa", "host_ecdsa"), ("ed25519", "user")] {
      let made = run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", "\(directory)/\(file)"])
      try #require(made?.status == 0, "ssh-keygen")
    }
    try Self.write(try Self.read("\(directory)/user.pub"), to: "\(directory)/authorized_keys")
    let configuration =
      options + [
        "Port \(port)", "ListenAddress 127.0.0.1", "HostKey \(directory)/host_ed25519",
        "HostKey \(directory)/host_ecdsa",
        "AuthorizedKeysFile \(directory)/authorized_keys", "StrictModes no", "UsePAM no", "PidFile none",
        "MaxStartups 1000", "PermitRootLogin yes", "PasswordAuthentication no", "Subsystem sftp internal-sftp",
      ]
    try Self.write(configuration.joined(separator: "\n") + "\n", to: "\(directory)/sshd_config")
    mkdir("/run/sshd", 0o755)
    mkdir("\(directory)/home", 0o700)
    mkdir("\(directory)/home/.ssh", 0o700)
    let tracer = trace.map { "strace -D -f -y -o '\($0)' -e trace=write,fsync,link,linkat,unlink,mkdir " } ?? ""
    lifeline = try Self.start(
      "\(tracer)/usr/sbin/sshd -D -f '\(directory)/sshd_config' -E '\(directory)/log' & read line; kill $!")
    try writeUserFiles(port: port, knownKey: "host_ed25519.pub")
    try waitUntilReady()
  }

  deinit { close(lifeline) }

  /// The user who is let in, with its configuration in `home`.
  public func user(asking ask: @escaping @Sendable (String) -> [UInt8]? = { _ in nil }) -> SSHUser {
    SSHUser(home: "\(directory)/home", name: "root", agentSocket: nil, ask: ask)
  }

  /// A directory as this server shows it, or as it is seen through another port.
  public func place(_ path: String, port: UInt16? = nil) throws -> SFTPPlace {
    try SFTPPlace(SSHAddress(host: "127.0.0.1", port: port ?? self.port), path: path, user: user())
  }

  /// A file of known hosts that has one of the server's keys, and a configuration that names the user's key.
  public func writeUserFiles(port: UInt16, knownKey: String) throws {
    let key = try Self.read("\(directory)/\(knownKey)").split(separator: " ").prefix(2).joined(separator: " ")
    // The key is the host's on every port, for tests that put something in between.
    try Self.write("127.0.0.1 \(key)\n", to: "\(directory)/home/.ssh/known_hosts")
    try Self.write("Host *\n  User root\n  IdentityFile \(directory)/user\n", to: "\(directory)/home/.ssh/config")
  }

  private func waitUntilReady() throws {
    for _ in 0..<1_200 {
      let socket = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
      defer { close(socket) }
      if LoopbackAddress(port: port).use({ connect(socket, $0, $1) }) == 0 { return }
      usleep(50_000)
    }
    try #require(Bool(false), "sshd does not listen: \((try? Self.read("\(directory)/log")) ?? "no log")")
  }

  private static func freePort() throws -> UInt16 {
    let socket = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
    defer { close(socket) }
    try #require(LoopbackAddress(port: 0).use { bind(socket, $0, $1) } == 0)
    return try #require(LoopbackAddress.port(of: socket))
  }

  /// Starts a shell that reads a line from the pipe that is returned.
  private static func start(_ script: String) throws -> CInt {
    var ends: [CInt] = [0, 0]
    try #require(pipe(&ends) == 0)
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let nothing = open("/dev/null", O_WRONLY | O_CLOEXEC)
    defer { for descriptor in [ends[0], nothing] { close(descriptor) } }
    _ = try spawn(
      ["/bin/sh", "-c", script],
      descriptors: [STDIN_FILENO: ends[0], STDOUT_FILENO: nothing, STDERR_FILENO: nothing])
    return ends[1]
  }

  static func read(_ path: String) throws -> String {
    let file = try #require(fopen(path, "re"), "\(path)")
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    return String(decoding: bytes[..<fread(&bytes, 1, bytes.count, file)], as: UTF8.self)
  }

  static func write(_ text: String, to path: String) throws {
    let file = try #require(fopen(path, "we"), "\(path)")
    defer { fclose(file) }
    fputs(text, file)
  }
}

/// A port of the loopback address, as system calls take it.
struct LoopbackAddress {
  private var address = sockaddr_in()

  init(port: UInt16) {
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  }

  func use<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    withUnsafePointer(to: address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
  }

  /// The port that a socket has got.
  static func port(of socket: CInt) -> UInt16? {
    var address = sockaddr_in()
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &size) }
    }
    return status == 0 ? UInt16(bigEndian: address.sin_port) : nil
  }
}
