import Backend
public import Cryptography
public import Format

/// What a person may want to know of a key slot later.
public struct KeySlotLabel: Sendable {
  /// Free text.
  public var label: String
  /// The host that made the slot.
  public var host: String
  /// The user who made the slot.
  public var user: String

  /// A label.
  public init(label: String, host: String, user: String) {
    self.label = label
    self.host = host
    self.user = user
  }
}

/// A key slot as it is stored.
public struct StoredKeySlot: Sendable {
  /// The slot's name.
  public let id: KeySlotID
  /// Its header, which anybody can read.
  public let header: KeySlot
}

extension Repository {
  /// The key slots, and the names of those that can't be read.
  public func keySlots() throws(RepositoryError) -> (slots: [StoredKeySlot], damaged: [String]) {
    let listing = try RepositoryError.wrapping("the key slots") { () throws(BackendError) in
      try context.backend.list(.keys)
    }
    var slots: [StoredKeySlot] = []
    var damaged: [String] = []
    for object in listing.objects {
      guard let id = KeySlotID(hex: object.name.name) else { continue }
      do throws(RepositoryError) {
        let bytes = try RepositoryError.wrapping("key slot \(object.name.name)") { () throws(BackendError) in
          try context.backend.getWhole(object.name, limit: Limits.keySlotLength)
        }
        guard let slot = try? KeySlot.decode(bytes).slot else {
          damaged.append(object.name.name)
          continue
        }
        slots.append(StoredKeySlot(id: id, header: slot))
      } catch {
        damaged.append(object.name.name)
      }
    }
    return (slots, damaged)
  }

  /// Adds a slot.
  ///
  /// - Parameter replaced: a slot that is to be removed next, and may have the same password.
  /// - Throws: `.forbidden` when a write key asks for a full slot; `.invalidArgument` for a password that opens a slot already: it
  ///   would be chance which of the two opens, and what it allows.
  public func addKey(
    _ role: KeyRole, password: SecretBytes, label: KeySlotLabel, cost: Argon2id.Cost = .standard, now: Timestamp,
    replacing replaced: KeySlotID? = nil
  ) throws(RepositoryError) -> KeySlotID {
    guard context.secrets.encoded(as: role) != nil else {
      throw RepositoryError(.forbidden, "a key with the role \"write\" can't make one with the role \"full\"")
    }
    var other: StoredKeySlot?
    do throws(RepositoryError) {
      other = try keySlot(openedBy: password, besides: replaced)
    } catch let error where error.code == .wrongPassword || error.code == .damaged {
      other = nil
    }
    if let other {
      throw RepositoryError(
        .invalidArgument, "the password is that of key slot \(other.id.hex.prefix(8)) already; choose another one")
    }
    return try context.addKeySlot(role, password: password, label: label, cost: cost, now: now)
  }

  /// Removes a slot, unless it has the role full and may be the last one.
  ///
  /// - Parameter password: one that stays, if it is not the one that the repository was opened with.
  /// - Throws: `.forbidden` if that is not known to open another slot with the role full. What the headers of other slots say
  ///   counts for nothing: anybody can write a slot that nobody can open.
  public func removeKey(_ id: KeySlotID, keeping password: SecretBytes? = nil) throws(RepositoryError) {
    let (slots, damaged) = try keySlots()
    guard let slot = slots.first(where: { $0.id == id }) else {
      if damaged.contains(id.hex) { throw RepositoryError(.damaged, "key slot \(id) can't be read") }
      throw RepositoryError(.missing, "there is no key slot \(id)")
    }
    if slot.header.role == .full, try !keepsFullSlot(besides: id, of: slots, password) {
      throw RepositoryError(
        .forbidden,
        "key slot \(id) may be the last one that can read; open the repository with the password of one that is to stay"
      )
    }
    try RepositoryError.wrapping("key slot \(id)") { () throws(BackendError) in
      try context.backend.delete(ObjectName(.keys, id.hex))
    }
  }

  private func keepsFullSlot(
    besides id: KeySlotID, of slots: [StoredKeySlot], _ password: SecretBytes?
  ) throws(RepositoryError) -> Bool {
    guard let password else { return role == .full && context.slot != id && slots.contains { $0.id == context.slot } }
    return try keySlot(openedBy: password, besides: id).header.role == .full
  }

  /// The slot that a password opens.
  ///
  /// - Parameter other: a slot that is passed over.
  /// - Throws: `.wrongPassword`; `.damaged` if one that can't be read may be that slot.
  public func keySlot(
    openedBy password: SecretBytes, besides other: KeySlotID? = nil
  ) throws(RepositoryError) -> StoredKeySlot {
    var (slots, unreadable) = try keySlots()
    for slot in slots where slot.id != other {
      do throws(RepositoryError) {
        let bytes = try RepositoryError.wrapping("key slot \(slot.id)") { () throws(BackendError) in
          try context.backend.getWhole(ObjectName(.keys, slot.id.hex), limit: Limits.keySlotLength)
        }
        if try KeySlot.open(bytes, name: slot.id.hex, password: password, repository: uuid) != nil { return slot }
      } catch let error where error.code == .damaged || error.code == .missing {
        // Another slot may be good.
        unreadable.append(slot.id.hex)
      }
    }
    if let name = unreadable.first {
      throw RepositoryError(
        .damaged,
        "the password opens none of the key slots that can be read, and may be that of key slot \(name), which can't")
    }
    throw RepositoryError(.wrongPassword, "the password opens no key slot")
  }
}

extension RepositoryContext {
  func addKeySlot(
    _ role: KeyRole, password: SecretBytes, label: KeySlotLabel, cost: Argon2id.Cost, now: Timestamp
  ) throws(RepositoryError) -> KeySlotID {
    guard let plaintext = secrets.encoded(as: role) else {
      preconditionFailure("whoever asks for a slot has what it holds")
    }
    guard Limits.allows(cost) else {
      throw RepositoryError(
        .invalidArgument,
        "a password hash with \(cost.memory) KiB, \(cost.passes) passes and \(cost.lanes) lanes is out of bounds")
    }
    var random = SystemRandomNumberGenerator()
    let id = KeySlotID.random(using: &random)
    let salt = try RepositoryError.wrapping("a salt") { () throws(CryptographyError) in try Digest256.random() }
    let slot = KeySlot(
      role: role, repository: configuration.repository, created: Timestamp(seconds: now.seconds), label: label.label,
      host: label.host, user: label.user, cost: cost, salt: salt)
    let object = try slot.seal(plaintext, password: password)
    try RepositoryError.wrapping("key slot \(id)") { () throws(BackendError) in
      _ = try backend.put(ObjectName(.keys, id.hex), object)
    }
    return id
  }
}
