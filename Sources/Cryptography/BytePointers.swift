// libcrypto takes bytes as `unsigned char *`; these are the only places where raw memory is called that.

extension UnsafeRawBufferPointer {
  var bytePointer: UnsafePointer<UInt8>? { assumingMemoryBound(to: UInt8.self).baseAddress }
}

extension UnsafeMutableRawBufferPointer {
  var bytePointer: UnsafeMutablePointer<UInt8>? { assumingMemoryBound(to: UInt8.self).baseAddress }
}
