import Backend
import Format

/// A pack that stands in the repository.
struct ListedPack: Sendable {
  let id: PackID
  let length: UInt64
}

extension RepositoryContext {
  /// The packs that stand in the repository.
  func listPacks() throws(RepositoryError) -> [ListedPack] {
    let listing = try RepositoryError.wrapping("the list of packs") { () throws(BackendError) in
      try backend.list(.packs)
    }
    return listing.objects.compactMap { object in
      PackID(hex: object.name.name).map { ListedPack(id: $0, length: object.size) }
    }
  }

  /// A pack as it stands now; nil if it is not there.
  func listedPack(_ id: PackID) throws(RepositoryError) -> ListedPack? {
    try length(of: .pack(id)).map { ListedPack(id: id, length: $0) }
  }
}
