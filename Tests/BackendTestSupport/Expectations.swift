public import Backend
public import Testing

/// Expects a call to fail with a code, and its message to name the object where one is given.
public func expect(
  _ code: BackendError.Code, naming object: ObjectName? = nil, sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws(BackendError) -> Void
) {
  do {
    try body()
    Issue.record("succeeded instead of failing with \(code)", sourceLocation: sourceLocation)
  } catch {
    #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
    if let object {
      #expect(error.object == object, sourceLocation: sourceLocation)
      #expect(error.message.contains(object.name), "\(error)", sourceLocation: sourceLocation)
    }
  }
}
