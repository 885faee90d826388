import Backend
import Format

extension RepositoryContext {
  /// Puts a record in the place of a damaged object, whose bytes are kept in the quarantine.
  ///
  /// At every moment one of the two has the name, wherever this is cut off. So nobody can take it whom the object may have
  /// kept fenced off, and an object that could be put back is never only in the quarantine.
  func replace(damaged name: ObjectName, by kind: RecordKind, body: [UInt8]) throws(RepositoryError) {
    let object = try sealer.seal(kind, name: name.name, body: body)
    // What parity there is belongs to other bytes.
    try removeParity(of: [name])
    do throws(BackendError) {
      let upload = try backend.beginUpload(to: name.area)
      try upload.append(object)
      _ = try upload.commit(replacing: name)
    } catch let error where error.code == .notFound && kind == .snapshot {
      // It was forgotten, and does not come back.
      return
    } catch let error where error.code == .notFound || error.code == .notSupported {
      // Another repair has set it aside, and has taken the name or will. Or names can't be exchanged here, and for a moment
      // nobody has this one.
      if error.code == .notSupported { try setAside(name) }
      _ = try publish(kind, in: name.area, as: name.name, body: body, "\(name)")
      return
    } catch {
      throw RepositoryError(error, context: "\(name)")
    }
    try publishParity(of: name, object)
  }

  private func setAside(_ name: ObjectName) throws(RepositoryError) {
    try RepositoryError.wrapping("\(name)") { () throws(BackendError) in _ = try backend.quarantine(name) }
  }
}
