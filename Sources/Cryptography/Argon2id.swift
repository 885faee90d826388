internal import CArgon2
import Glibc

/// The password hash Argon2id (RFC 9106, version 1.3).
public enum Argon2id {
  /// How much work a derivation is.
  public struct Cost: Hashable, Sendable {
    /// KiB of memory.
    public var memory: UInt32
    /// How often the memory is gone over.
    public var passes: UInt32
    /// Parts of the memory that can be worked on at the same time.
    public var lanes: UInt32

    /// The amounts of work that are accepted: 8 KiB or more for each lane.
    public static let memoryRange: ClosedRange<UInt32> = 8...(1 << 22)
    /// Passes that are accepted.
    public static let passRange: ClosedRange<UInt32> = 1...1024
    /// Lanes that are accepted.
    public static let laneRange: ClosedRange<UInt32> = 1...64

    /// So many KiB, passes and lanes.
    public init(memory: UInt32, passes: UInt32, lanes: UInt32) {
      self.memory = memory
      self.passes = passes
      self.lanes = lanes
    }

    /// Whether a derivation accepts it.
    var isAcceptable: Bool {
      Self.memoryRange ~= memory && Self.passRange ~= passes && Self.laneRange ~= lanes && memory >= 8 * lanes
    }
  }

  /// The lengths of salt that are accepted, in bytes.
  public static let saltRange = 8...64

  /// Derives a key from a password.
  ///
  /// It takes the memory of `cost` and a time in proportion to memory times passes, by as many processors as there are
  /// lanes. A cost read from a file should be bounded far below what is accepted here before it is passed on.
  ///
  /// - Parameters:
  ///   - password: may be empty.
  ///   - salt: random and stored with the result's use; not secret. Its length is in ``saltRange``.
  ///   - outputCount: the derived key's length in bytes, from 4 to 1024.
  /// - Throws: ``CryptographyError/Code/invalidParameters`` outside those ranges;
  ///   ``CryptographyError/Code/libraryFailure`` where there is not enough memory.
  public static func derive(
    password: UnsafeRawBufferPointer, salt: [UInt8], cost: Cost, outputCount: Int
  ) throws(CryptographyError) -> SecretBytes {
    precondition(4...1024 ~= outputCount, "Argon2id output length")
    guard cost.isAcceptable, saltRange ~= salt.count else {
      throw CryptographyError(
        .invalidParameters,
        "Argon2id with \(cost.memory) KiB, \(cost.passes) passes, \(cost.lanes) lanes and \(salt.count) bytes of salt")
    }
    let processors = UInt32(clamping: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    return try SecretBytes(count: outputCount) { (output) throws(CryptographyError) in
      var status = run(password, salt, cost, threads: min(cost.lanes, processors), into: output)
      // Where no thread can be started the work is done by this one.
      if status == ARGON2_THREAD_FAIL { status = run(password, salt, cost, threads: 1, into: output) }
      guard status == ARGON2_OK else {
        throw CryptographyError(
          .libraryFailure,
          "deriving a key with Argon2id in \(cost.memory / 1024) MiB: \(String(cString: argon2_error_message(status.rawValue)))"
        )
      }
    }
  }

  private static func run(
    _ password: UnsafeRawBufferPointer, _ salt: [UInt8], _ cost: Cost, threads: UInt32,
    into output: UnsafeMutableRawBufferPointer
  ) -> Argon2_ErrorCodes {
    // The library takes pointers that it could write through, and doesn't: its flags ask for no clearing of what it is given.
    var salt = salt
    return salt.withUnsafeMutableBytes { salt in
      var context = argon2_context()
      context.out = output.bytePointer
      context.outlen = UInt32(output.count)
      context.pwd = UnsafeMutableRawPointer(mutating: password.baseAddress)?.assumingMemoryBound(to: UInt8.self)
      context.pwdlen = UInt32(password.count)
      context.salt = salt.bytePointer
      context.saltlen = UInt32(salt.count)
      context.t_cost = cost.passes
      context.m_cost = cost.memory
      context.lanes = cost.lanes
      context.threads = threads
      context.version = UInt32(ARGON2_VERSION_13.rawValue)
      // Large pages: most of the time of a single pass would be page faults otherwise.
      context.allocate_cbk = { result, count in
        var memory: UnsafeMutableRawPointer?
        guard posix_memalign(&memory, 2 << 20, count) == 0, let memory else {
          return ARGON2_MEMORY_ALLOCATION_ERROR.rawValue
        }
        madvise(memory, count, MADV_HUGEPAGE)
        result?.pointee = memory.assumingMemoryBound(to: UInt8.self)
        return ARGON2_OK.rawValue
      }
      context.free_cbk = { memory, _ in free(memory) }
      return Argon2_ErrorCodes(rawValue: argon2id_ctx(&context))
    }
  }
}
