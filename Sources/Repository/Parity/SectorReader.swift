import Backend

/// Reads sectors of an object that may be damaged: what can't be read is zeros.
struct SectorReader {
  let name: ObjectName
  let backend: any Backend
  /// The object's length as it is now.
  let size: UInt64

  /// - Throws: `.missing` if there is no such object.
  init(_ name: ObjectName, backend: any Backend) throws(RepositoryError) {
    self.name = name
    self.backend = backend
    size = try RepositoryError.wrapping("\(name)") { () throws(BackendError) in try backend.size(of: name) }
  }

  /// Fills the buffer from an offset on; it is a whole number of sectors.
  func read(at offset: Int, sectorLength: Int, into buffer: UnsafeMutableRawBufferPointer) throws(RepositoryError) {
    buffer.initializeMemory(as: UInt8.self, repeating: 0)
    guard try !readPart(at: offset, into: buffer) else { return }
    for start in stride(from: 0, to: buffer.count, by: sectorLength) {
      let sector = UnsafeMutableRawBufferPointer(rebasing: buffer[start..<start + sectorLength])
      if try !readPart(at: offset + start, into: sector) { sector.initializeMemory(as: UInt8.self, repeating: 0) }
    }
  }

  /// Reads what the object has of the buffer's range; false if the storage can't read it.
  private func readPart(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(RepositoryError) -> Bool {
    guard UInt64(offset) < size else { return true }
    let count = Int(min(UInt64(buffer.count), size - UInt64(offset)))
    do throws(BackendError) {
      try backend.read(name, at: UInt64(offset), into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
      return true
    } catch let error where error.code == .io || error.code == .truncated {
      return false
    } catch {
      throw RepositoryError(error, context: "\(name)")
    }
  }
}
