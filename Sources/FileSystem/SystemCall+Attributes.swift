import CLinux

/// Calls on extended attributes, by descriptor or by path.
extension SystemCall {
  static func listAttributes(_ target: AttributeTarget, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    switch target {
    case .descriptor(let descriptor): clinux_flistxattr(descriptor, buffer.baseAddress, buffer.count)
    case .path(let path): path.withCString { clinux_llistxattr($0, buffer.baseAddress, buffer.count) }
    }
  }

  static func getAttribute(
    _ target: AttributeTarget, _ name: PathBytes, _ buffer: UnsafeMutableRawBufferPointer
  ) -> Int {
    name.withCString { name in
      switch target {
      case .descriptor(let descriptor): clinux_fgetxattr(descriptor, name, buffer.baseAddress, buffer.count)
      case .path(let path): path.withCString { clinux_lgetxattr($0, name, buffer.baseAddress, buffer.count) }
      }
    }
  }

  static func setAttribute(_ target: AttributeTarget, _ attribute: ExtendedAttribute) -> Int32 {
    attribute.name.withCString { name in
      attribute.value.withUnsafeBytes { value in
        switch target {
        case .descriptor(let descriptor): clinux_fsetxattr(descriptor, name, value.baseAddress, value.count)
        case .path(let path): path.withCString { clinux_lsetxattr($0, name, value.baseAddress, value.count) }
        }
      }
    }
  }

  static func removeAttribute(_ target: AttributeTarget, _ name: PathBytes) -> Int32 {
    name.withCString { name in
      switch target {
      case .descriptor(let descriptor): clinux_fremovexattr(descriptor, name)
      case .path(let path): path.withCString { clinux_lremovexattr($0, name) }
      }
    }
  }
}
