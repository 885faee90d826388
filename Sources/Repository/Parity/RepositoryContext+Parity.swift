import Backend
import ErasureCoding
import Format

extension RepositoryContext {
  /// The parity sectors of a full group; nil if the repository has no parity.
  var parityRows: Int? {
    let percentage = Int(configuration.parityPercentage)
    return percentage == 0 ? nil : percentage * StripeLayout.columnCount / 100
  }

  /// An encoder for one object's parity; nil if the repository has none.
  func parityEncoder() -> StripeEncoder? { parityRows.map { StripeEncoder(rowCount: $0) } }

  /// Stores the parity of an object, which is durable already. Where it has parity, that is left as it is.
  func publish(_ parity: EncodedParity, of name: ObjectName) throws(RepositoryError) {
    _ = try publish(parity.parts, of: name)
  }

  private func publish(_ parity: [[UInt8]], of name: ObjectName) throws(RepositoryError) -> CommitOutcome {
    let parityName = try name.parity()
    return try RepositoryError.wrapping("the parity of \(name)") { () throws(BackendError) in
      try uploading { () throws(BackendError) in
        let upload = try backend.beginUpload(to: .parity)
        for part in parity { try upload.append(part) }
        return try upload.commit(as: parityName)
      }
    }
  }

  /// Stores the parity of an object that has just been made durable and whose bytes are at hand, if it is of a kind that has any.
  ///
  /// Parity that is there is that of what had the object's name before, and could bring it back: it goes.
  func publishParity(of name: ObjectName, _ object: [UInt8]) throws(RepositoryError) {
    guard name.isProtected, !object.isEmpty, var encoder = parityEncoder() else { return }
    object.withUnsafeBytes { encoder.append($0) }
    let parts = encoder.finish().parts
    guard try publish(parts, of: name) == .alreadyExists else { return }
    let parityName = try name.parity()
    let isItsOwn = try RepositoryError.wrapping("the parity of \(name)") { () throws(BackendError) in
      try stands(Array(parts.joined()), as: parityName)
    }
    guard !isItsOwn else { return }
    try removeParity(of: [name])
    _ = try publish(parts, of: name)
  }

  /// Removes the parity of objects that were removed.
  func removeParity(of names: [ObjectName]) throws(RepositoryError) {
    guard parityRows != nil else { return }
    var parity: [ObjectName] = []
    for name in names where name.isProtected { parity.append(try name.parity()) }
    guard !parity.isEmpty else { return }
    try RepositoryError.wrapping("the parity of what was removed") { () throws(BackendError) in
      try backend.delete(parity)
    }
  }

  /// Parity of objects that are not there any more.
  ///
  /// An object stands before its parity does, so one that is not listed after its parity was has been removed.
  func orphanedParity() throws(RepositoryError) -> [ObjectName] {
    try RepositoryError.wrapping("the list of parity") { () throws(BackendError) in
      let parity = try backend.list(.parity).objects.map(\.name)
      guard !parity.isEmpty else { return [] }
      var standing: Set<ObjectName> = []
      for area in ObjectName.protectedAreas { standing.formUnion(try backend.list(area).objects.map(\.name)) }
      return parity.filter { name in name.protectedObject.map { !standing.contains($0) } ?? false }
    }
  }
}

extension EncodedParity {
  /// What the object that keeps it consists of.
  fileprivate var parts: [[UInt8]] {
    let description = ParityDescription(layout: layout, checksums: checksums)
    return [description.encode(.head), parity, description.encode(.tail)]
  }
}
