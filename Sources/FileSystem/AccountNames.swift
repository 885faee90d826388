import Glibc
import Synchronization

/// The names of users and groups, from wherever the system keeps them, and back.
///
/// Every answer, also that there is none, is remembered: asking may mean asking a directory server. Threads may share it.
public final class AccountNames: Sendable {
  private struct Cache {
    var names: [UInt32: String?] = [:]
    var numbers: [String: UInt32?] = [:]
  }

  private let users = Mutex(Cache())
  private let groups = Mutex(Cache())

  /// Remembers nothing yet.
  public init() {}

  /// The name of the user with that number, or nil if there is none, or none in UTF-8.
  public func userName(_ number: UInt32) -> String? {
    users.withLock { cache in Self.remember(number, in: &cache.names) { AccountDatabase.userName(number) } }
  }

  /// The number of the user with that name.
  public func user(named name: String) -> UInt32? {
    users.withLock { cache in Self.remember(name, in: &cache.numbers) { AccountDatabase.user(named: name) } }
  }

  /// The name of the group with that number, or nil if there is none, or none in UTF-8.
  public func groupName(_ number: UInt32) -> String? {
    groups.withLock { cache in Self.remember(number, in: &cache.names) { AccountDatabase.groupName(number) } }
  }

  /// The number of the group with that name.
  public func group(named name: String) -> UInt32? {
    groups.withLock { cache in Self.remember(name, in: &cache.numbers) { AccountDatabase.group(named: name) } }
  }

  private static func remember<Key: Hashable, Value>(
    _ key: Key, in known: inout [Key: Value?], _ ask: () -> Value?
  ) -> Value? {
    if let answer = known[key] { return answer }
    let answer = ask()
    known[key] = .some(answer)
    return answer
  }
}
