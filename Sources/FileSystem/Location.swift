/// Where an object was found. Joined to a path only when an error needs it, so that opening a file builds no string.
enum Location: Sendable {
  case path(PathBytes)
  case entry(FileName, in: PathBytes)

  var path: PathBytes {
    switch self {
    case .path(let path): path
    case .entry(let name, let parent): parent.appending(name)
    }
  }
}
